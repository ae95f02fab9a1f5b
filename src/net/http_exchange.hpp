#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace certherald::net {

// What a client asked our server, whole and within its limits (RFC 9112). Everything in it is the client's.
struct IncomingRequest {
  std::string method;  // a token as sent; a HEAD comes as GET, its answer goes out without the body
  std::string target;  // as sent
  std::vector<std::string> path;  // segments, percent-decoded: "/a/b%2Fc/" is {"a", "b/c", ""}, "/" is {}
  std::vector<std::pair<std::string, std::string>> query;    // percent-decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, in order; no trailers
  std::string body;
  std::string host;  // lower case, without port and brackets; "" where HTTP/1.0 sent none
  std::string peer;  // IP address in text

  [[nodiscard]] std::string_view header(std::string_view lower_name) const;  // the first; "" where absent
};

// What our server answers. The server itself writes Content-Length, Connection and Date, and unless `headers`
// has its own: X-Content-Type-Options: nosniff, Cache-Control: no-store, Content-Security-Policy:
// default-src 'none'.
struct HttpReply {
  int status = 200;          // 200 to 599
  std::string content_type;  // "" for none
  std::string body;          // none goes out with 204, 205 and 304 (RFC 9110 section 6.4.1)
  std::vector<std::pair<std::string, std::string>> headers;  // tokens, and values without control characters
};

// A reply of one line of text.
[[nodiscard]] HttpReply text_reply(int status, std::string_view line);

// What is wrong with a reply, for a log; "" where it may go out.
[[nodiscard]] std::string fault_of(const HttpReply& reply);

// How a reply is put on the wire.
struct ReplyFrame {
  bool head = false;        // the request was a HEAD: Content-Length is told, the body is not sent
  bool keep_alive = false;  // the connection stays open
  Instant now{};            // for Date (RFC 9110 section 6.6.1)
};

// The bytes of a reply without a fault, status line to body.
[[nodiscard]] std::string to_wire(const HttpReply& reply, const ReplyFrame& frame);

}  // namespace certherald::net
