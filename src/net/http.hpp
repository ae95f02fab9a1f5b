#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

class Resolver;

struct HttpRequest {
  std::string method = "GET";  // a token (RFC 9110 section 9.1)
  std::string url;             // http or https, percent-encoded, without user and password
  std::vector<std::pair<std::string, std::string>> headers;  // sent as they are; no CR, LF or NUL
  std::string body;
  std::vector<std::string> addresses;  // to connect to instead of resolving the URL's host; [] resolves it
  std::string ca_file;                 // PEM: the only roots trusted; "": the system's
  std::string client_cert;             // PEM; "" for none
  std::string client_key;              // PEM; "": in client_cert
  std::string proxy;           // http, https or socks5h URL; "" for none, whatever the environment says
  std::string proxy_username;  // for the proxy alone; "" for none, or what its URL says
  std::string proxy_password;
  std::size_t max_response_bytes = std::size_t{4} << 20U;  // of the body; headers: 200 and 256 KiB
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // as sent: no content coding is asked for or undone

  [[nodiscard]] std::string_view header(std::string_view lower_name) const;  // the first; "" where absent
  [[nodiscard]] std::string_view content_type() const;  // without parameters, as sent; "" where absent
};

// Whether the peer may have acted on a request that failed.
enum class Sent : std::uint8_t {
  surely_not,  // input, name, connect, proxy, TLS handshake: no byte of the request went out
  maybe,
};

// Kinds: invalid_input (request, files, proxy URL), not_found (no such name), unreachable (connect, TLS
// handshake, connection lost), refused (the peer's certificate is not trusted), timed_out, cancelled,
// protocol (not HTTP, or cut short), too_large. Messages never hold a header, a body or the proxy's password.
struct HttpFailure {
  Sent sent = Sent::maybe;
  Error error;
};

// Port: outgoing HTTP. Certificates and names in them are always verified, redirects never followed, cookies
// never kept, and a request that may change something goes out once at most.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<std::expected<HttpResponse, HttpFailure>> send(HttpRequest request, Deadline deadline) = 0;
};

// HTTP/1.1 by libcurl's multi interface on the given executor. TLS 1.2 and newer. GET and HEAD reuse
// connections and may be repeated on a fresh one where a kept one turns out dead. Calls may overlap; all have
// returned before the client is destroyed. Ignores SIGPIPE in the whole process, since OpenSSL writes without
// MSG_NOSIGNAL; throws std::runtime_error where libcurl cannot start.
class CurlHttpClient final : public HttpClient {
 public:
  explicit CurlHttpClient(Executor executor);             // with a CaresResolver of its own
  CurlHttpClient(Executor executor, Resolver& resolver);  // `resolver` outlives the client
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;
  ~CurlHttpClient() override;
  Task<std::expected<HttpResponse, HttpFailure>> send(HttpRequest request, Deadline deadline) override;

 private:
  class Driver;
  std::unique_ptr<Resolver> own_resolver_;
  std::shared_ptr<Driver> driver_;
};

// RFC 3986 section 2.1: everything but unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

// application/x-www-form-urlencoded, spaces as %20.
[[nodiscard]] std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace certherald::net
