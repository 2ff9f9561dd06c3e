#pragma once

namespace timeservice::test {

/// The processor time that this process has used, in all its threads: what waits uses none.
double cpu_seconds();

}  // namespace timeservice::test
