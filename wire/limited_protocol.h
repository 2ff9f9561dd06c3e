#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <thrift/protocol/TProtocol.h>
#include <thrift/protocol/TProtocolException.h>

#include "wire/limits.h"

namespace timeservice::wire {

/// One of Thrift's protocols, with two limits on what it reads that generated code
/// relies on and the protocols lack (JSON both, seen in 0.17 and 0.19; the others
/// the second): how many elements a container may declare, and how many all the
/// containers of a message may together. Generated code takes memory for what is
/// declared before it reads it, and reads a container's elements as what it
/// expects, not as what the bytes say they are. As many elements as a message has
/// bytes is more than any honest one has.
///
/// `Super` is the protocol's class. Its methods are hidden, for callers that know the
/// type, and its virtual ones overridden, for the others.
template <typename Super>
class LimitedProtocol : public Super {
 public:
  using TType = apache::thrift::protocol::TType;
  using TMessageType = apache::thrift::protocol::TMessageType;

  template <typename... Arguments>
  explicit LimitedProtocol(const Limits& limits, Arguments&&... arguments)
      : Super(std::forward<Arguments>(arguments)...),
        most_in_container_(limits.container_elements),
        most_in_message_(limits.message_bytes) {}

  std::uint32_t readMessageBegin(std::string& name, TMessageType& type, std::int32_t& seqid) {
    declared_ = 0;
    return Super::readMessageBegin(name, type, seqid);
  }
  std::uint32_t readMapBegin(TType& key, TType& value, std::uint32_t& size) {
    const std::uint32_t bytes = Super::readMapBegin(key, value, size);
    count(size);
    return bytes;
  }
  std::uint32_t readListBegin(TType& element, std::uint32_t& size) {
    const std::uint32_t bytes = Super::readListBegin(element, size);
    count(size);
    return bytes;
  }
  std::uint32_t readSetBegin(TType& element, std::uint32_t& size) {
    const std::uint32_t bytes = Super::readSetBegin(element, size);
    count(size);
    return bytes;
  }

  std::uint32_t readMessageBegin_virt(std::string& name, TMessageType& type, std::int32_t& seqid) override {
    return readMessageBegin(name, type, seqid);
  }
  std::uint32_t readMapBegin_virt(TType& key, TType& value, std::uint32_t& size) override {
    return readMapBegin(key, value, size);
  }
  std::uint32_t readListBegin_virt(TType& element, std::uint32_t& size) override {
    return readListBegin(element, size);
  }
  std::uint32_t readSetBegin_virt(TType& element, std::uint32_t& size) override {
    return readSetBegin(element, size);
  }

 private:
  void count(std::uint32_t elements) {
    declared_ += elements;
    if (elements <= most_in_container_ && declared_ <= most_in_message_) {
      this->getTransport()->checkReadBytesAvailable(static_cast<long>(elements));
      return;
    }
    using apache::thrift::protocol::TProtocolException;
    throw TProtocolException(TProtocolException::SIZE_LIMIT, "containers declare more than the limit");
  }

  const std::uint64_t most_in_container_;
  const std::uint64_t most_in_message_;
  std::uint64_t declared_ = 0;
};

}  // namespace timeservice::wire
