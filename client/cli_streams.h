#pragma once

namespace timeservice::client {

/// Keeps the numbers of standard input, output and error from going to whatever is opened next,
/// where the program was started with one of them closed: what is printed would be sent to the
/// server. Using such a stream fails as before. Before anything is opened.
void keep_standard_streams_apart();

}  // namespace timeservice::client
