#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/http_exchange.hpp"
#include "net/http_request_reader.hpp"
#include "net/http_server.hpp"
#include "net/stream.hpp"

namespace certherald::net {

// One client's conversation with the server: read a request, have it answered, write, again.
class HttpConnection final {
 public:
  // All references outlive the connection.
  HttpConnection(TcpStream stream, std::string peer, const HttpServerOptions& options,
                 const HttpHandler& handler, const Clock& clock);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Until the client leaves, something is refused, a deadline passes or stop() was called.
  Task<void> converse();

  // Answers one request without reading it, then closes.
  Task<void> refuse(Refusal refusal);

  // Ends at once where no request is under way, else after its answer.
  void stop();

 private:
  using Reading = std::expected<RequestReader::Stage, Refusal>;

  Task<std::optional<Reading>> receive(Millis until_first_byte);
  Task<std::optional<Reading>> read_more(Deadline deadline);
  Task<std::optional<Reading>> read_while(RequestReader::Stage stage, Reading reading, Deadline deadline);
  Task<HttpReply> answer(IncomingRequest request);
  Task<bool> write(HttpReply reply, ReplyFrame frame);
  Task<void> close_in_order();

  TcpStream stream_;
  std::string peer_;
  const HttpServerOptions& options_;
  const HttpHandler& handler_;
  const Clock& clock_;
  RequestReader reader_;
  std::array<std::uint8_t, 16'384> buffer_{};
  bool idle_ = true;
  bool stopping_ = false;
};

}  // namespace certherald::net
