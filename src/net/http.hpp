#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http or https, percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string ca_file;      // PEM; "": the system's roots
  std::string client_cert;  // PEM; "" for none
  std::string client_key;   // PEM
  std::string proxy;        // URL; "" for none, whatever the environment says
  std::size_t max_response_bytes = std::size_t{4} << 20U;
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string_view header(std::string_view lower_name) const;  // "" where absent
  [[nodiscard]] std::string_view content_type() const;                       // without parameters, as sent
};

// Whether the peer may have acted on a request that failed.
enum class Sent : std::uint8_t {
  surely_not,  // name, connect, proxy, TLS: no byte of the request went out
  maybe,
};

struct HttpFailure {
  Sent sent = Sent::maybe;
  Error error;
};

// Port: outgoing HTTP. Certificates are always verified, redirects never followed.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<std::expected<HttpResponse, HttpFailure>> send(HttpRequest request, Deadline deadline) = 0;
};

// libcurl's multi interface on the given executor. TLS 1.2 and newer; connections are kept and reused.
class CurlHttpClient final : public HttpClient {
 public:
  explicit CurlHttpClient(boost::asio::any_io_executor executor);
  ~CurlHttpClient() override;
  Task<std::expected<HttpResponse, HttpFailure>> send(HttpRequest request, Deadline deadline) override;

 private:
  class Driver;
  std::shared_ptr<Driver> driver_;
};

// RFC 3986 section 2.1: everything but unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

// application/x-www-form-urlencoded, spaces as %20.
[[nodiscard]] std::string form_encode(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace certherald::net
