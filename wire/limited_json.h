#pragma once

#include <cstdint>

#include <thrift/protocol/TJSONProtocol.h>

#include "wire/limits.h"

namespace timeservice::wire {

/// Thrift's JSON protocol with the limit on containers that its class lacks: a
/// list may declare any length there (seen in 0.17 and 0.19), and generated code
/// takes memory for it at once.
class LimitedJson : public apache::thrift::protocol::TJSONProtocol {
 public:
  LimitedJson(std::shared_ptr<apache::thrift::transport::TTransport> transport, const Limits& limits)
      : TJSONProtocol(std::move(transport)), most_(limits.container_elements) {}

  std::uint32_t readMapBegin_virt(apache::thrift::protocol::TType& key,
                                  apache::thrift::protocol::TType& value, std::uint32_t& size) override;
  std::uint32_t readListBegin_virt(apache::thrift::protocol::TType& element, std::uint32_t& size) override;
  std::uint32_t readSetBegin_virt(apache::thrift::protocol::TType& element, std::uint32_t& size) override;

 private:
  void check(std::uint32_t size);

  const std::uint32_t most_;
};

}  // namespace timeservice::wire
