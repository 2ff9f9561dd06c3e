#include "wire/transport.h"

#include <stdexcept>

#include <thrift/TConfiguration.h>

#include "wire/names.h"

namespace timeservice::wire {

Transport parse_transport(std::string_view name) { return row_named(kTransports, name).transport; }

std::shared_ptr<apache::thrift::transport::TBufferBase> make_transport(
    Transport transport, const std::shared_ptr<apache::thrift::transport::TTransport>& socket,
    const Limits& limits) {
  using apache::thrift::transport::TBufferedTransport;
  using apache::thrift::transport::TFramedTransport;
  const auto bytes = static_cast<int>(limits.message_bytes);
  const auto configuration = std::make_shared<apache::thrift::TConfiguration>(bytes, bytes);
  switch (transport) {
    case Transport::kBuffered:
      return std::make_shared<TBufferedTransport>(socket, configuration);
    case Transport::kFramed:
      return std::make_shared<TFramedTransport>(socket, configuration);
    case Transport::kAuto:
      break;
  }
  throw std::logic_error("make_transport: 'auto' is no transport that one can speak");
}

}  // namespace timeservice::wire
