#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <thrift/protocol/TProtocolDecorator.h>

namespace timeservice::client {

/// A protocol that numbers the calls and takes a reply only if it answers the call
/// that was made. The generated client sends 0 for every number, never looks at
/// a reply's, and waits for another message when the name is a wrong one.
///
/// It also knows which half of a call is under way, which Thrift's errors do not say.
class ReplyGuard : public apache::thrift::protocol::TProtocolDecorator {
 public:
  using TProtocolDecorator::TProtocolDecorator;

  /// The method that was called last.
  const std::string& method() const { return method_; }
  /// Its request was sent.
  bool receiving() const { return receiving_; }
  /// Its reply was read to the end, whatever it says: nothing of it is still to come.
  bool answered() const { return answered_; }

  std::uint32_t writeMessageBegin_virt(const std::string& name, apache::thrift::protocol::TMessageType type,
                                       std::int32_t seqid) override;
  /// Throws TProtocolException (INVALID_DATA) for what is no reply to that call.
  std::uint32_t readMessageBegin_virt(std::string& name, apache::thrift::protocol::TMessageType& type,
                                      std::int32_t& seqid) override;
  std::uint32_t readMessageEnd_virt() override;

 private:
  std::string method_;
  std::int32_t number_ = 0;
  bool receiving_ = false;
  bool answered_ = false;
};

}  // namespace timeservice::client
