#include "net/http_target.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace certherald::net {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::optional<std::string> part(const Url& url, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), what, &text, flags) != CURLUE_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return std::string(text);
}

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_field_value(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

// libcurl's own default port of a proxy is 1080, except for an https one.
std::string port_of(const Url& url, std::string_view scheme, bool proxy) {
  if (auto port = part(url, CURLUPART_PORT)) return *port;
  if (scheme == "https") return "443";
  return proxy ? "1080" : "80";
}

std::string plain_host(std::string host) {
  host = lower_ascii(host);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

Result<ConnectTarget> target_of_url(const std::string& text) {
  const Url url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK) {
    return with_hint(fail(ErrorKind::invalid_input, "the URL cannot be used"),
                     "write http or https, a host and a path; user and password have no place in it");
  }
  const auto scheme = part(url, CURLUPART_SCHEME);
  const auto host = part(url, CURLUPART_HOST, CURLU_PUNYCODE);
  if (!scheme || !host || (*scheme != "http" && *scheme != "https")) {
    return fail(ErrorKind::invalid_input, "the URL is not one of http or https with a host");
  }
  return ConnectTarget{plain_host(*host), port_of(url, *scheme, false), {}, {}};
}

Result<ConnectTarget> target_of_proxy(const std::string& text) {
  const Url url(curl_url(), &curl_url_cleanup);
  // The scheme's own default port would hide that none was given.
  const bool known =
      text.starts_with("http://") || text.starts_with("https://") || text.starts_with("socks5h://");
  const auto parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
  const auto host = part(url, CURLUPART_HOST, CURLU_PUNYCODE);
  const auto scheme = part(url, CURLUPART_SCHEME);
  if (!known || parsed != CURLUE_OK || !host || !scheme) {
    return with_hint(fail(ErrorKind::invalid_input, "the proxy's URL cannot be used"),
                     "write http://, https:// or socks5h://, a host and a port");
  }
  return ConnectTarget{plain_host(*host), port_of(url, *scheme, true),
                       part(url, CURLUPART_USER, CURLU_URLDECODE).value_or(""),
                       part(url, CURLUPART_PASSWORD, CURLU_URLDECODE).value_or("")};
}

}  // namespace

Result<ConnectTarget> check_request(const HttpRequest& request) {
  if (!is_token(request.method)) return fail(ErrorKind::invalid_input, "the method is not an HTTP token");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return fail(ErrorKind::invalid_input, "a header's name is not an HTTP token");
    if (!is_field_value(value)) {
      return fail(ErrorKind::invalid_input, "the header {} holds a line break or a NUL", name);
    }
  }
  const auto texts = {&request.url,           &request.proxy,      &request.ca_file,
                      &request.client_cert,   &request.client_key, &request.proxy_username,
                      &request.proxy_password};
  if (std::ranges::any_of(texts, [](const std::string* text) { return has_nul(*text); })) {
    return fail(ErrorKind::invalid_input, "a URL, a file name or the proxy's credentials hold a NUL");
  }
  auto target = target_of_url(request.url);
  if (!target || request.proxy.empty()) return target;
  target = target_of_proxy(request.proxy);
  if (!target || request.proxy_username.empty()) return target;
  target->proxy_user = request.proxy_username;
  target->proxy_password = request.proxy_password;
  return target;
}

Result<std::string> resolve_reference(const std::string& base, std::string_view reference) {
  const Url url(curl_url(), &curl_url_cleanup);
  const std::string text(reference);
  const bool known = !text.empty() && !has_nul(text) &&
                     curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
                     curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) == CURLUE_OK;
  auto whole = known ? part(url, CURLUPART_URL) : std::nullopt;
  if (!whole) return fail(ErrorKind::protocol, "it redirects to what is no URL");
  return std::move(*whole);
}

}  // namespace certherald::net
