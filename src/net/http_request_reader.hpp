#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "net/http_exchange.hpp"

namespace certherald::net {

struct RequestLimits {
  std::size_t header_bytes = std::size_t{16} << 10U;  // request line and headers; also trailers
  std::size_t body_bytes = std::size_t{1} << 20U;
  std::vector<std::string> allowed_hosts;  // lower case, without port and brackets; empty: any
};

// A request that is not served. What follows it on the connection cannot be trusted: answer, then close.
struct Refusal {
  int status = 400;
  std::string reason;  // for the client, one line
};

struct ReceivedRequest {
  IncomingRequest request;  // `peer` is the caller's to fill
  bool head = false;
  bool keep_alive = false;  // as far as the client is concerned
};

// Bytes of one connection to requests (RFC 9112), one after the other; pipelined ones wait their turn.
// Does no I/O. Refused, since two readers may understand them differently: more than one or a malformed Host,
// Content-Length said twice or as a list, Transfer-Encoding with Content-Length, other than plain `chunked`,
// or in HTTP/1.0, white space before a colon, bare CR or LF. Statuses: 400, 413, 417, 421 (a host that is not
// ours), 431, 501.
class RequestReader final {
 public:
  enum class Stage : std::uint8_t { header, body, complete };  // what is being read

  explicit RequestReader(RequestLimits limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Takes further bytes (none: looks at those that came early). After `complete` take() first; after a
  // refusal the reader is done with.
  [[nodiscard]] std::expected<Stage, Refusal> feed(ByteView bytes);

  // Bytes of the request under way have come.
  [[nodiscard]] bool started() const;

  // At stage `body`: the client waits for 100 Continue before it sends it (RFC 9110 section 10.1.1).
  [[nodiscard]] bool wants_continue() const;

  // The complete request; the next one begins.
  [[nodiscard]] ReceivedRequest take();

 private:
  struct Message;

  [[nodiscard]] std::expected<Stage, Refusal> advance();

  RequestLimits limits_;
  std::string pending_;  // bytes not yet parsed
  std::unique_ptr<Message> message_;
};

}  // namespace certherald::net
