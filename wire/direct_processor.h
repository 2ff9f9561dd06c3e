#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <typeinfo>

#include <thrift/TProcessor.h>
#include <thrift/protocol/TProtocol.h>

namespace timeservice::wire {

/// A generated XProcessorT<Protocol> that does the same in less time. It takes any
/// protocol, and calls this one directly. Generated code finds out which of them it is
/// given by two dynamic casts: a tenth of a small call's work where they succeed and a
/// third where they do not, so for every other protocol. Here it is one comparison.
template <template <typename> typename Generated, typename Protocol>
class DirectProcessor : public Generated<Protocol> {
 public:
  using Generated<Protocol>::Generated;

  bool process(std::shared_ptr<apache::thrift::protocol::TProtocol> in,
               std::shared_ptr<apache::thrift::protocol::TProtocol> out, void* connection) override {
    using namespace apache::thrift::protocol;
    TProtocol& reads = *in;
    TProtocol& writes = *out;
    if (typeid(reads) == typeid(Protocol) && typeid(writes) == typeid(Protocol)) {
      return this->processFast(static_cast<Protocol*>(&reads), static_cast<Protocol*>(&writes), connection);
    }
    std::string method;
    TMessageType type{};
    std::int32_t seqid = 0;
    reads.readMessageBegin(method, type, seqid);
    if (type != T_CALL && type != T_ONEWAY) return false;
    return this->dispatchCall(&reads, &writes, method, seqid, connection);
  }
};

}  // namespace timeservice::wire
