#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace timeservice::host {

struct AdminAnswer {
  unsigned status = 200;
  std::string_view type = "text/plain; charset=utf-8";
  std::string body;
};

/// One of the pages of the admin endpoint.
struct AdminPage {
  std::string_view path;
  /// A few words for the list of pages.
  std::string_view help;
  std::function<AdminAnswer()> answer;
};
using AdminPages = std::vector<AdminPage>;

using AdminRequest = boost::beast::http::request<boost::beast::http::string_body>;
using AdminResponse = boost::beast::http::response<boost::beast::http::string_body>;

/// The answer to a request, ready to be sent: the page that it names, or an error that says
/// what would have been right. "/" lists the pages.
AdminResponse respond(const AdminPages& pages, const AdminRequest& request);
/// To bytes that are no such request; the connection ends behind it.
AdminResponse respond_to_bad_request(unsigned status, std::string_view why);

}  // namespace timeservice::host
