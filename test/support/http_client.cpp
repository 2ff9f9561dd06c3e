#include "test/support/http_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include <fmt/format.h>

namespace timeservice::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

bool HttpConnection::get(std::string_view path) {
  return send(fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", path));
}

bool HttpConnection::more(std::size_t most) {
  const std::string bytes = raw_.receive(most);
  received_ += bytes;
  return !bytes.empty();
}

HttpReply HttpConnection::receive(bool bodiless) {
  HttpReply reply;
  std::size_t end = std::string::npos;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!more(1)) return reply;
  }
  const std::string head = received_.substr(0, end + 2);
  received_.erase(0, end + 4);
  reply.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
  for (std::size_t from = head.find("\r\n") + 2; from < head.size();) {
    const std::size_t until = head.find("\r\n", from);
    const std::string line = head.substr(from, until - from);
    const std::size_t colon = line.find(": ");
    reply.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    from = until + 2;
  }
  if (bodiless) return reply;
  const std::size_t length = std::stoul(reply.headers.at("content-length"));
  while (received_.size() < length) {
    if (!more(length - received_.size())) return {};
  }
  reply.body = received_.substr(0, length);
  received_.erase(0, length);
  return reply;
}

std::string HttpConnection::rest() {
  const std::string all = std::exchange(received_, {}) + raw_.receive();
  // Which gives up some time, and then was not at the end.
  char byte = 0;
  const bool is_open = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  return is_open ? all + "(and is open)" : all;
}

HttpReply http_get(const wire::Endpoint& endpoint, std::string_view path) {
  HttpConnection connection(endpoint);
  connection.get(path);
  return connection.receive();
}

}  // namespace timeservice::test
