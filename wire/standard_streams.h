#pragma once

namespace timeservice::wire {

/// Keeps the numbers of standard input, output and error from going to whatever is opened next,
/// where the program was started with one of them closed: what is printed or logged would be
/// sent to a peer. Using such a stream fails as before. Before anything is opened.
void keep_standard_streams_apart();

}  // namespace timeservice::wire
