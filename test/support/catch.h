#pragma once

// Catch2 as Debian 12 (version 2) and Debian 13 (version 3) ship it.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#define TIMESERVICE_CATCH_VERSION 3
#else
#include <catch2/catch.hpp>
#define TIMESERVICE_CATCH_VERSION 2
#endif
