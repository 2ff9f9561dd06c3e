#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <thrift/TApplicationException.h>
#include <thrift/TProcessor.h>
#include <thrift/protocol/TProtocol.h>

#include "wire/limits.h"
#include "wire/message_buffer.h"
#include "wire/protocol.h"
#include "wire/spare_memory.h"

namespace timeservice::host {

/// What became of a call.
enum class CallOutcome : std::uint8_t {
  kReply,          ///< answered with a result, or with an exception that the IDL declares
  kOneway,         ///< run, and not to be answered
  kException,      ///< the handler threw what the IDL does not declare
  kArguments,      ///< its arguments could not be decoded
  kUnknownMethod,  ///< the service has no such method
};

/// Runs calls on a processor, from one whole message to its reply in memory; what
/// carries them is somebody else's matter. Keeps nothing from call to call but
/// its buffers, so one may serve many connections in turn. One thread at a time. The
/// protocols that the processor is given are its own only until it returns.
///
/// It mends what a stock server makes of a processor:
///  - a handler's own exception is answered as INTERNAL_ERROR (generated code says UNKNOWN);
///  - arguments that cannot be decoded are answered as PROTOCOL_ERROR;
///  - a oneway call is never answered, not even one of an unknown method;
///  - nothing that is thrown gets out.
class CallRunner {
 public:
  /// `kept` and `spare` are where the memory of replies comes from, as wire::MessageOutput has it.
  CallRunner(std::shared_ptr<apache::thrift::TProcessor> processor, wire::Protocol protocol,
             const wire::Limits& limits, std::size_t kept = wire::kKeptReply,
             wire::SpareMemory* spare = nullptr);
  CallRunner(const CallRunner&) = delete;
  CallRunner& operator=(const CallRunner&) = delete;

  /// Runs the call in `message`, which the scanner has let through, and appends
  /// its reply, behind its length where `framed`, to replies(). False: the message
  /// is no call, or its head cannot be read: there is nobody to answer.
  bool run(std::span<const std::uint8_t> message, bool framed);

  /// What became of the last call that was run.
  CallOutcome outcome() const { return outcome_; }
  /// Whether that was answered with an exception that the IDL declares. Before the next call.
  bool declared_exception();

  /// Does not run the call, and appends an exception as its reply that says why. False as run().
  bool shed(std::span<const std::uint8_t> message, bool framed, const std::string& why);

  /// The method that a message names, for a log: whatever the client wrote. "" where its
  /// head cannot be read.
  std::string method_of(std::span<const std::uint8_t> message);

  /// Appends an exception as the reply to `message`, whose head suffices, that says
  /// why it is refused. False: the head cannot be read.
  bool refuse(std::span<const std::uint8_t> message, bool framed, const std::string& why);

  /// The replies that were not cleared, one behind the other.
  std::span<const std::uint8_t> replies() { return output_.written(); }
  void clear_replies() { output_.clear(); }
  /// Of the memory that holds them, in bytes.
  std::size_t replies_capacity() const { return output_.capacity(); }
  /// Clears them by giving away the memory that begins with them.
  wire::RawBytes take_replies() { return output_.take(); }

 private:
  struct Head {
    std::string method;
    apache::thrift::protocol::TMessageType type;
    std::int32_t seqid;
  };

  void make_protocols();
  bool run_clean(std::span<const std::uint8_t> message, bool framed);
  bool refuse_clean(std::span<const std::uint8_t> message, bool framed, const std::string& why);
  bool shed_clean(std::span<const std::uint8_t> message, bool framed, const std::string& why);
  void begin();
  enum class Outcome { kDone, kNoCall, kFailed };
  Outcome process();
  bool read_head(std::span<const std::uint8_t> message, Head& head);
  bool answers_exception(std::size_t start);
  void look_at_oneway(std::size_t start);
  void mend_exception(std::size_t start);
  void write_exception(const Head& head, const apache::thrift::TApplicationException& exception);
  void seal_frame(std::size_t frame_start, bool framed);

  std::shared_ptr<apache::thrift::TProcessor> processor_;
  wire::Protocol protocol_;
  wire::Limits limits_;
  wire::MessageInput input_;
  wire::MessageOutput output_;
  std::shared_ptr<apache::thrift::protocol::TProtocol> in_;
  std::shared_ptr<apache::thrift::protocol::TProtocol> out_;
  CallOutcome outcome_ = CallOutcome::kReply;
  /// Where the last call's reply begins, without its frame.
  std::size_t reply_start_ = 0;
  /// Something was begun that did not end: the protocols are in the middle of it.
  bool begun_ = false;
  /// What went wrong in the last process() that failed.
  apache::thrift::TApplicationException failure_;
};

}  // namespace timeservice::host
