#include "server/host/call_runner.h"

#include <array>
#include <exception>

#include <thrift/transport/TTransportException.h>

#include "server/host/call_counters.h"
#include "server/host/declared_exception.h"
#include "wire/message_type.h"

namespace timeservice::host {
namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::T_CALL;
using apache::thrift::protocol::T_EXCEPTION;
using apache::thrift::protocol::T_ONEWAY;

constexpr std::array<std::uint8_t, 4> kFrameHead = {};

/// A shared pointer that owns nothing and counts nothing: generated code copies its
/// pointers to protocols and transports ten times a call, each an atomic operation.
template <typename T>
std::shared_ptr<T> unowned(T& object) {
  return {std::shared_ptr<void>(), &object};
}

}  // namespace

CallRunner::CallRunner(std::shared_ptr<apache::thrift::TProcessor> processor, wire::Protocol protocol,
                       const wire::Limits& limits, std::size_t kept, wire::SpareMemory* spare)
    : processor_(std::move(processor)),
      protocol_(protocol),
      limits_(limits),
      input_(limits.nesting),
      output_(kept, spare) {
  make_protocols();
}

// Also after an exception: compact and JSON keep a stack of where they are.
void CallRunner::make_protocols() {
  in_ = wire::make_protocol(protocol_, unowned(input_), limits_);
  out_ = wire::make_protocol(protocol_, unowned(output_), limits_);
}

// Only a lack of memory gets out of what follows; the next call is to know nothing of it.
void CallRunner::begin() {
  if (begun_) make_protocols();
  begun_ = true;
}

bool CallRunner::run(std::span<const std::uint8_t> message, bool framed) {
  begin();
  const bool ran = run_clean(message, framed);
  begun_ = false;
  return ran;
}

bool CallRunner::refuse(std::span<const std::uint8_t> message, bool framed, const std::string& why) {
  begin();
  const bool told = refuse_clean(message, framed, why);
  begun_ = false;
  return told;
}

bool CallRunner::run_clean(std::span<const std::uint8_t> message, bool framed) {
  const int type = wire::message_type(protocol_, message);
  if (type != T_CALL && type != T_ONEWAY) return false;
  const std::size_t frame_start = output_.written().size();
  if (framed) output_.write(kFrameHead.data(), kFrameHead.size());
  const std::size_t start = output_.written().size();
  reply_start_ = start;
  outcome_ = type == T_CALL ? CallOutcome::kReply : CallOutcome::kOneway;
  input_.reset(message);
  if (const Outcome outcome = process(); outcome != Outcome::kDone) {
    make_protocols();
    output_.truncate(start);
    Head head;
    if (outcome == Outcome::kNoCall || !read_head(message, head)) {
      output_.truncate(frame_start);
      return false;
    }
    if (head.type == T_CALL) write_exception(head, failure_);
  } else if (type == T_ONEWAY) {
    if (output_.written().size() > start) look_at_oneway(start);
    // Not even what generated code says to a oneway call of an unknown method, or
    // of one that has a reply: the client would take it for that of its next call.
    output_.truncate(start);
  } else if (output_.written().size() > start && answers_exception(start)) {
    mend_exception(start);
  }
  seal_frame(frame_start, framed);
  return true;
}

CallRunner::Outcome CallRunner::process() {
  try {
    return processor_->process(unowned(*in_), unowned(*out_), nullptr) ? Outcome::kDone : Outcome::kNoCall;
  } catch (const apache::thrift::protocol::TProtocolException& error) {
    failure_ = TApplicationException(TApplicationException::PROTOCOL_ERROR, error.what());
    outcome_ = CallOutcome::kArguments;
  } catch (const apache::thrift::transport::TTransportException& error) {
    failure_ = TApplicationException(TApplicationException::PROTOCOL_ERROR, error.what());
    outcome_ = CallOutcome::kArguments;
  } catch (const std::exception& error) {
    failure_ = TApplicationException(TApplicationException::INTERNAL_ERROR, error.what());
    outcome_ = CallOutcome::kException;
  } catch (...) {
    outcome_ = CallOutcome::kException;
    failure_ = TApplicationException(TApplicationException::INTERNAL_ERROR,
                                     "an exception that is no std::exception");
  }
  CallCounters::count_thrown(
      outcome_ == CallOutcome::kArguments ? CallError::kArguments : CallError::kException, failure_.what());
  return Outcome::kFailed;
}

bool CallRunner::refuse_clean(std::span<const std::uint8_t> message, bool framed, const std::string& why) {
  make_protocols();
  Head head;
  if (!read_head(message, head)) return false;
  if (head.type != T_CALL) return false;
  const std::size_t frame_start = output_.written().size();
  if (framed) output_.write(kFrameHead.data(), kFrameHead.size());
  write_exception(head, TApplicationException(TApplicationException::PROTOCOL_ERROR, why));
  seal_frame(frame_start, framed);
  return true;
}

bool CallRunner::shed(std::span<const std::uint8_t> message, bool framed, const std::string& why) {
  begin();
  const bool told = shed_clean(message, framed, why);
  // A head alone leaves JSON in the middle of a message.
  begun_ = protocol_ == wire::Protocol::kJson;
  return told;
}

// Made for a server that has too much to do: it costs less than most calls.
bool CallRunner::shed_clean(std::span<const std::uint8_t> message, bool framed, const std::string& why) {
  const int type = wire::message_type(protocol_, message);
  if (type != T_CALL && type != T_ONEWAY) return false;
  Head head;
  input_.reset(message);
  try {
    in_->readMessageBegin(head.method, head.type, head.seqid);
  } catch (const std::exception&) {
    make_protocols();
    return false;
  }
  if (type == T_ONEWAY) return true;
  const std::size_t frame_start = output_.written().size();
  if (framed) output_.write(kFrameHead.data(), kFrameHead.size());
  write_exception(head, TApplicationException(TApplicationException::INTERNAL_ERROR, why));
  seal_frame(frame_start, framed);
  return true;
}

bool CallRunner::declared_exception() {
  return outcome_ == CallOutcome::kReply &&
         is_declared_exception(protocol_, output_.written().subspan(reply_start_));
}

std::string CallRunner::method_of(std::span<const std::uint8_t> message) {
  Head head;
  return read_head(message, head) ? head.method : std::string();
}

bool CallRunner::read_head(std::span<const std::uint8_t> message, Head& head) {
  if (wire::message_type(protocol_, message) == 0) return false;
  input_.reset(message);
  const auto protocol = wire::make_protocol(protocol_, unowned(input_), limits_);
  try {
    protocol->readMessageBegin(head.method, head.type, head.seqid);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool CallRunner::answers_exception(std::size_t start) {
  return wire::message_type(protocol_, output_.written().subspan(start)) == T_EXCEPTION;
}

// Of a reply that goes nowhere: whether there was no such method to run.
void CallRunner::look_at_oneway(std::size_t start) {
  if (!answers_exception(start)) return;
  input_.reset(output_.written().subspan(start));
  const auto protocol = wire::make_protocol(protocol_, unowned(input_), limits_);
  Head head;
  TApplicationException exception;
  try {
    protocol->readMessageBegin(head.method, head.type, head.seqid);
    exception.read(protocol.get());
  } catch (const std::exception&) {
    return;
  }
  outcome_ = exception.getType() == TApplicationException::UNKNOWN_METHOD ? CallOutcome::kUnknownMethod
                                                                          : CallOutcome::kException;
}

// Generated code answers a handler's std::exception with the type UNKNOWN.
void CallRunner::mend_exception(std::size_t start) {
  const std::span<std::uint8_t> all = output_.written().subspan(start);
  const std::vector<std::uint8_t> reply(all.begin(), all.end());
  input_.reset(reply);
  const auto protocol = wire::make_protocol(protocol_, unowned(input_), limits_);
  Head head;
  TApplicationException exception;
  outcome_ = CallOutcome::kException;
  try {
    protocol->readMessageBegin(head.method, head.type, head.seqid);
    exception.read(protocol.get());
  } catch (const std::exception&) {
    return;  // what() was longer than a message may be; it stands as generated
  }
  if (exception.getType() == TApplicationException::UNKNOWN_METHOD) outcome_ = CallOutcome::kUnknownMethod;
  if (exception.getType() != TApplicationException::UNKNOWN) return;
  output_.truncate(start);
  write_exception(head, TApplicationException(TApplicationException::INTERNAL_ERROR, exception.what()));
}

void CallRunner::write_exception(const Head& head, const TApplicationException& exception) {
  out_->writeMessageBegin(head.method, T_EXCEPTION, head.seqid);
  exception.write(out_.get());
  out_->writeMessageEnd();
}

// The frame's length is known now. Of a call without reply, not even a frame goes out.
void CallRunner::seal_frame(std::size_t frame_start, bool framed) {
  if (!framed) return;
  const std::size_t size = output_.written().size() - frame_start - kFrameHead.size();
  if (size == 0) {
    output_.truncate(frame_start);
    return;
  }
  std::uint8_t* head = output_.written().data() + frame_start;
  for (int i = 0; i < 4; ++i) head[i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
}

}  // namespace timeservice::host
