#include "test/fuzz/fuzzed_connection.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>

#include "server/host/call_runner.h"
#include "test/unit/echo_handler.h"
#include "wire/message_cutter.h"
#include "wire/message_stream.h"

namespace timeservice::test {
namespace {

constexpr std::int32_t kMostRepeated = 1000;

/// Answers what it is sent, and no more than that by much.
class FuzzedHandler : public EchoHandler {
 public:
  void repeat(std::string& reply, const std::int32_t count) override {
    if (count < 0 || count > kMostRepeated) throw std::out_of_range("count");
    EchoHandler::repeat(reply, count);
  }
};

/// A connection whose bytes are given by hand.
class Connection {
 public:
  explicit Connection(const FuzzedOptions& options)
      : options_(options), stream_(options.protocol, options.transport, options.limits) {}

  /// `bytes` are all that have arrived and are not used up. Returns how many are now.
  std::size_t arrived(std::span<const std::uint8_t> bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !outcome.refused) {
      // A copy of just that size: then the sanitizer sees who looks beyond it.
      const Bytes here = exactly(bytes.subspan(used));
      const auto cut = stream_.next(here);
      if (std::holds_alternative<wire::NeedMore>(cut)) break;
      if (const auto* error = std::get_if<wire::WireError>(&cut)) {
        refuse(here, *error);
      } else {
        run(here, std::get<wire::Message>(cut));
        used += std::get<wire::Message>(cut).consumed;
      }
    }
    return used;
  }

  FuzzedOutcome outcome;

 private:
  void run(const Bytes& here, const wire::Message& message) {
    check(here, message);
    if (!runner().run(message.payload, stream_.framed())) return refuse(here, wire::WireError::kMalformed);
    outcome.calls.push_back(message.consumed);
    const Bytes reply = take_replies();
    // In JSON a byte becomes six at most, and an unknown method is named twice.
    promise(reply.size() <= 16 * (message.payload.size() + kMostRepeated),
            "no reply is much longer than its call");
    outcome.replies.insert(outcome.replies.end(), reply.begin(), reply.end());
  }

  void refuse(const Bytes& here, wire::WireError error) {
    outcome.refused = error;
    if (!stream_.dialect()) return;
    runner().refuse(stream_.payload_of(here), stream_.framed(), std::string(wire::name(error)));
    outcome.refusal = take_replies();
  }

  void check(const Bytes& here, const wire::Message& message) const {
    promise(message.consumed > 0 && message.consumed <= here.size(), "a message lies in what has arrived");
    promise(message.payload.size() <= options_.limits.message_bytes, "a message is within the limit");
    // What the modes do that are given whole frames.
    const wire::Dialect dialect = *stream_.dialect();
    promise(std::holds_alternative<wire::Message>(
                wire::check_message(dialect.protocol, options_.limits, message.payload)),
            "what is cut out is a message by itself");
    const auto told = wire::detect_payload(message.payload);
    promise(std::holds_alternative<wire::Dialect>(told) &&
                std::get<wire::Dialect>(told).protocol == dialect.protocol,
            "a message tells its own protocol");
  }

  host::CallRunner& runner() {
    if (!runner_) {
      const auto handler = std::make_shared<FuzzedHandler>();
      runner_.emplace(std::make_shared<echo_service::EchoProcessorT<wire::BinaryProtocol>>(handler),
                      stream_.dialect()->protocol, options_.limits);
    }
    return *runner_;
  }

  Bytes take_replies() {
    const Bytes replies = exactly(runner_->replies());
    runner_->clear_replies();
    return replies;
  }

  FuzzedOptions options_;
  wire::MessageStream stream_;
  std::optional<host::CallRunner> runner_;
};

}  // namespace

FuzzedOutcome serve(std::span<const std::uint8_t> bytes, const FuzzedOptions& options,
                    const NextPiece& next_piece) {
  Connection connection(options);
  std::size_t used = 0;
  for (std::size_t size = 0; size < bytes.size() && !connection.outcome.refused;) {
    size += std::min(bytes.size() - size, std::max<std::size_t>(next_piece(), 1));
    used += connection.arrived(bytes.subspan(used, size - used));
  }
  return connection.outcome;
}

void promise(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace timeservice::test
