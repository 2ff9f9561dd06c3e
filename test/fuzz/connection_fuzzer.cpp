// What any client may send: it never harms the process, and is answered the same
// however the network cuts it. The first byte of an input tells the server's options,
// the second how the rest is cut; the rest are the connection's bytes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "test/fuzz/fuzzed_connection.h"
#include "test/unit/random_message.h"

namespace timeservice::test {
namespace {

constexpr std::array<wire::Limits, 2> kLimits = {
    wire::Limits{.message_bytes = 4096, .string_bytes = 2048, .container_elements = 512, .nesting = 16},
    wire::Limits{.message_bytes = 200, .string_bytes = 50, .container_elements = 5, .nesting = 4}};

FuzzedOptions options_of(std::uint8_t byte) {
  return {.protocol = wire::kProtocols[byte % wire::kProtocols.size()].protocol,
          .transport = wire::kTransports[byte / 4 % wire::kTransports.size()].transport,
          .limits = kLimits[byte / 128]};
}

/// Byte by byte, or in pieces whose lengths are random, most of them short.
NextPiece cut_of(std::uint8_t byte) {
  if (byte == 0) return [] { return std::size_t{1}; };
  return [random = Random(byte), most = byte]() mutable { return 1 + random.below(1 + random.below(most)); };
}

void check(std::span<const std::uint8_t> input) {
  const FuzzedOptions options = options_of(input[0]);
  const auto bytes = input.subspan(2);
  const auto whole = serve(bytes, options, [] { return std::numeric_limits<std::size_t>::max(); });
  const auto cut = serve(bytes, options, cut_of(input[1]));
  promise(cut.calls == whole.calls, "however it is cut, the same calls are found");
  promise(cut.replies == whole.replies, "however it is cut, the same is answered");
  promise(cut.refused == whole.refused, "however it is cut, it is refused for the same reason");
  // Refused in the middle, what names the call may not have come yet.
  promise(cut.refusal.empty() || cut.refusal == whole.refusal, "however it is cut, a refusal says the same");
}

}  // namespace
}  // namespace timeservice::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= 2) timeservice::test::check({data, size});
  return 0;
}
