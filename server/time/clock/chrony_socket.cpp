#include "server/time/clock/chrony_socket.h"

#include <array>
#include <charconv>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

namespace timeservice::clock {
namespace {

namespace asio = boost::asio;

using asio::ip::udp;

udp::endpoint parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  unsigned short port = 0;
  boost::system::error_code bad_address;
  const auto address = asio::ip::make_address(std::string(host), bad_address);
  if (colon != std::string_view::npos && !bad_address) {
    const char* const end = text.data() + text.size();
    const auto [stop, bad_port] = std::from_chars(text.data() + colon + 1, end, port);
    if (bad_port == std::errc{} && stop == end && port != 0) return {address, port};
  }
  throw std::invalid_argument(
      fmt::format("'{}' is not an address and a port such as 127.0.0.1:323 or [::1]:323", text));
}

bool ask_once(const udp::endpoint& endpoint, const ChronyRequest& request, std::chrono::milliseconds patience,
              const ChronyTake& take) {
  asio::io_context context;
  udp::socket socket(context);
  boost::system::error_code failed;
  // Connected, so that the kernel lets through what comes from this address alone, and
  // tells at once when nobody is there.
  socket.connect(endpoint, failed);
  if (failed) return false;
  socket.send(asio::buffer(request), 0, failed);
  if (failed) return false;

  bool taken = false;
  std::array<char, 1024> bytes{};
  std::function<void()> receive = [&] {
    socket.async_receive(asio::buffer(bytes), [&](const boost::system::error_code& error, std::size_t size) {
      if (error) return;
      taken = take(std::string_view(bytes.data(), size));
      if (!taken) receive();
    });
  };
  receive();
  context.run_for(patience);
  return taken;
}

}  // namespace

struct ChronySocket::Endpoint {
  udp::endpoint address;
};

ChronySocket::ChronySocket(std::string_view endpoint) : endpoint_(new Endpoint{parse(endpoint)}) {}

ChronySocket::~ChronySocket() = default;

bool ChronySocket::ask(const ChronyRequest& request, std::chrono::milliseconds patience,
                       const ChronyTake& take) {
  try {
    return ask_once(endpoint_->address, request, patience, take);
  } catch (const std::exception&) {
    return false;  // Asio has no descriptor for its own use: as good as no answer
  }
}

}  // namespace timeservice::clock
