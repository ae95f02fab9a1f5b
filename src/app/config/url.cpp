#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include "app/config/blocks.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

Result<boost::urls::url> parse_base(std::string_view text) {
  const std::string shown = single_line(text);
  const auto bad = [&](std::string_view why) {
    return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a base URL: {}", shown, why),
                     "write it like https://desk.example.com:8080");
  };
  const auto parsed = boost::urls::parse_absolute_uri(text);
  if (!parsed) return bad("it cannot be read as a URL");
  if (parsed->scheme() != "http" && parsed->scheme() != "https") return bad("only http and https are spoken");
  if (parsed->host().empty()) return bad("it has no host");
  // A name or password in a URL ends in logs and proxies.
  if (parsed->has_userinfo()) return bad("credentials do not belong into a URL");
  if (parsed->has_query()) return bad("it has a query");
  boost::urls::url url(*parsed);
  std::string path(url.encoded_path());
  while (path.ends_with('/')) path.pop_back();
  url.set_encoded_path(path);
  return url;
}

}  // namespace

Result<std::string> normalize_base_url(std::string_view text) {
  const auto url = parse_base(text);
  if (!url) return fail(url.error());
  return std::string(url->buffer());
}

Result<std::string> with_port(std::string_view text) {
  auto url = parse_base(text);
  if (!url) return fail(url.error());
  if (url->port().empty()) url->set_port_number(url->scheme() == "https" ? 443 : 80);
  return std::string(url->buffer());
}

Result<std::string> normalize_proxy_url(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return with_hint(
        fail(ErrorKind::invalid_input, "this is no URL of a proxy: {}", why),
        "write it like http://proxy.example.com:3128, and proxy_username and proxy_password beside it");
  };
  const auto parsed = boost::urls::parse_absolute_uri(text);
  if (!parsed) return bad("it cannot be read as a URL");
  const auto scheme = parsed->scheme();
  if (scheme != "http" && scheme != "https" && scheme != "socks5h")
    return bad("only http, https and socks5h are spoken");
  if (parsed->host().empty()) return bad("it has no host");
  if (parsed->has_userinfo()) return bad("credentials do not belong into a URL");
  if (parsed->has_query() || (!parsed->encoded_path().empty() && parsed->encoded_path() != "/"))
    return bad("a proxy has no path");
  boost::urls::url url(*parsed);
  url.set_encoded_path("");
  return std::string(url.buffer());
}

}  // namespace certherald::app
