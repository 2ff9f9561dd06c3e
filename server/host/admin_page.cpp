#include "server/host/admin_page.h"

#include <algorithm>
#include <exception>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <fmt/format.h>

namespace timeservice::host {
namespace {

namespace http = boost::beast::http;

std::string paths_of(const AdminPages& pages) {
  std::string paths;
  for (const AdminPage& page : pages) paths += fmt::format("{}{}", paths.empty() ? "" : " ", page.path);
  return paths;
}

AdminAnswer list_of(const AdminPages& pages) {
  AdminAnswer answer;
  for (const AdminPage& page : pages) answer.body += fmt::format("{:10} {}\n", page.path, page.help);
  return answer;
}

AdminAnswer answer_to(const AdminPages& pages, std::string_view path) {
  if (path == "/") return list_of(pages);
  const auto page =
      std::find_if(pages.begin(), pages.end(), [&](const AdminPage& one) { return one.path == path; });
  if (page == pages.end()) {
    return {.status = 404, .body = fmt::format("no such page; there are {}\n", paths_of(pages))};
  }
  try {
    return page->answer();
  } catch (const std::exception& error) {
    return {.status = 500, .body = fmt::format("{}\n", error.what())};
  }
}

AdminResponse made_of(AdminAnswer answer, unsigned version, bool keep_alive) {
  AdminResponse response{http::int_to_status(answer.status), version};
  response.set(http::field::content_type, {answer.type.data(), answer.type.size()});
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(keep_alive);
  response.content_length(answer.body.size());
  response.body() = std::move(answer.body);
  return response;
}

}  // namespace

AdminResponse respond(const AdminPages& pages, const AdminRequest& request) {
  const bool head = request.method() == http::verb::head;
  if (!head && request.method() != http::verb::get) {
    AdminResponse response = made_of({.status = 405, .body = "this endpoint is read with GET or HEAD\n"},
                                     request.version(), request.keep_alive());
    response.set(http::field::allow, "GET, HEAD");
    return response;
  }
  std::string_view path(request.target().data(), request.target().size());
  path = path.substr(0, path.find_first_of("?#"));
  AdminResponse response = made_of(answer_to(pages, path), request.version(), request.keep_alive());
  // As long as the body would be, without it.
  if (head) response.body().clear();
  return response;
}

AdminResponse respond_to_bad_request(unsigned status, std::string_view why) {
  return made_of({.status = status, .body = fmt::format("{}\n", why)}, 11, false);
}

}  // namespace timeservice::host
