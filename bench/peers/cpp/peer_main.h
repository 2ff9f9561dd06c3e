#pragma once

#include <functional>
#include <stdexcept>
#include <string_view>

namespace timeservice::peers {

/// The framework cannot do what the flags ask for; the text says why.
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What main() of a peer returns: what `body` does. Where it throws, one line says what:
/// 2 for flags that are wrong (std::invalid_argument and what Boost throws of them), 3 for
/// Unsupported (its line goes to standard output), 1 for anything else.
int run_peer(std::string_view name, const std::function<int()>& body);

}  // namespace timeservice::peers
