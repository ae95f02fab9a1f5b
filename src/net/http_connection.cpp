#include "net/http_connection.hpp"

#include <exception>
#include <utility>

#include "base/text.hpp"

namespace certherald::net {

using Stage = RequestReader::Stage;

namespace {

// A named task of its own, for with_deadline.
Task<Result<HttpReply>> call(const HttpHandler& handler, IncomingRequest request) {
  co_return co_await handler(std::move(request));
}

}  // namespace

HttpConnection::HttpConnection(TcpStream stream, std::string peer, const HttpServerOptions& options,
                               const HttpHandler& handler, const Clock& clock)
    : stream_(std::move(stream)),
      peer_(std::move(peer)),
      options_(options),
      handler_(handler),
      clock_(clock),
      reader_({options.max_header_bytes, options.max_body_bytes, options.allowed_hosts}) {}

Task<void> HttpConnection::converse() {
  Millis patience = options_.header;
  while (!stopping_) {
    const auto reading = co_await receive(patience);
    if (!reading) co_return;  // the client left or stalled
    if (!*reading) {
      co_await refuse(reading->error());
      co_return;
    }
    ReceivedRequest received = reader_.take();
    received.request.peer = peer_;
    HttpReply reply = co_await answer(std::move(received.request));
    const ReplyFrame frame{received.head, received.keep_alive && !stopping_, clock_.now()};
    if (!co_await write(std::move(reply), frame)) co_return;
    if (!frame.keep_alive) break;
    patience = options_.idle;
  }
  co_await close_in_order();
}

// The next request; nothing where the connection has ended.
Task<std::optional<HttpConnection::Reading>> HttpConnection::receive(Millis until_first_byte) {
  std::optional<Reading> reading = reader_.feed({});  // the client may have sent ahead
  if (*reading && !reader_.started()) {
    idle_ = true;
    reading = co_await read_more(Deadline::after(until_first_byte));
  }
  idle_ = false;
  if (reading) reading = co_await read_while(Stage::header, *reading, Deadline::after(options_.header));
  if (!reading || !*reading || **reading != Stage::body) co_return reading;
  const Deadline deadline = Deadline::after(options_.body);
  if (reader_.wants_continue()) {
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const Status written = co_await stream_.write_all(as_bytes(go_on), deadline);
    if (!written) co_return std::nullopt;
  }
  co_return co_await read_while(Stage::body, *reading, deadline);
}

Task<std::optional<HttpConnection::Reading>> HttpConnection::read_while(Stage stage, Reading reading,
                                                                        Deadline deadline) {
  std::optional<Reading> now = std::move(reading);
  while (now && *now && **now == stage) now = co_await read_more(deadline);
  co_return now;
}

Task<std::optional<HttpConnection::Reading>> HttpConnection::read_more(Deadline deadline) {
  const auto got = co_await stream_.read_some(buffer_, deadline);
  if (!got) co_return std::nullopt;
  if (*got != 0) co_return reader_.feed(ByteView(buffer_).first(*got));
  if (!reader_.started()) co_return std::nullopt;
  co_return std::unexpected(Refusal{400, "the request was cut short"});
}

Task<HttpReply> HttpConnection::answer(IncomingRequest request) {
  const std::string what = single_line(request.method + " " + request.target);
  std::string failure;
  int status = 500;
  try {
    auto reply =
        co_await with_deadline(call(handler_, std::move(request)), Deadline::after(options_.handler));
    if (reply) failure = fault_of(*reply);
    if (reply && failure.empty()) co_return std::move(*reply);
    if (!reply) {
      failure = reply.error().message;
      status = 503;
    }
  } catch (const std::exception& error) {
    failure = error.what();
  } catch (...) {
    failure = "an exception of unknown type";
  }
  options_.on_failure(fmt::format("{}: {}", what, single_line(failure)));
  co_return text_reply(status, status == 503 ? "no answer in time" : "internal error");
}

Task<bool> HttpConnection::write(HttpReply reply, ReplyFrame frame) {
  const std::string bytes = to_wire(reply, frame);
  const Status written = co_await stream_.write_all(as_bytes(bytes), Deadline::after(options_.write));
  co_return written.has_value();
}

Task<void> HttpConnection::refuse(Refusal refusal) {
  const ReplyFrame frame{.now = clock_.now()};
  HttpReply reply = text_reply(refusal.status, refusal.reason);
  if (co_await write(std::move(reply), frame)) co_await close_in_order();
}

// What the client still sends is read for a while: to close on unread bytes is a reset, which may take the
// reply from it (RFC 9112 section 9.6).
Task<void> HttpConnection::close_in_order() {
  constexpr Millis patience{2'000};
  constexpr std::size_t most = std::size_t{4} << 20U;
  stream_.end_writing();
  const Deadline deadline = Deadline::after(patience);
  for (std::size_t read = 0; read < most;) {
    const auto got = co_await stream_.read_some(buffer_, deadline);
    if (!got || *got == 0) break;
    read += *got;
  }
  stream_.close();
}

void HttpConnection::stop() {
  stopping_ = true;
  if (idle_) stream_.end_reading();
}

}  // namespace certherald::net
