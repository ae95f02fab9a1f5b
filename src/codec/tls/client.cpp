#include "codec/tls/client.hpp"

namespace certherald::codec::tls {

void Client::received(std::size_t count) {
  records_.commit(count);
  read();
}

void Client::feed(ByteView bytes) {
  records_.feed(bytes);
  read();
}

void Client::read() {
  while (stage_ != Stage::ended) {
    const RecordStep step = records_.next();
    if (std::holds_alternative<NeedMore>(step)) return;
    if (std::holds_alternative<NotTls>(step)) return fail("something that is no TLS");
    read_record(std::get<Record>(step));
  }
}

std::optional<PlainRecord> Client::take() {
  if (kept_.empty()) return std::nullopt;
  PlainRecord out = std::move(kept_.front());
  kept_.pop_front();
  return out;
}

void Client::read_messages(ByteView fragment) {
  messages_.feed(fragment);
  while (stage_ != Stage::ended) {
    const HandshakeStep step = messages_.next();
    if (std::holds_alternative<NeedMore>(step)) return;
    if (std::holds_alternative<HandshakeTooLarge>(step)) return fail("a handshake beyond our limits");
    const auto& message = std::get<HandshakeMessage>(step);
    const Bytes whole = make_message(message.type, message.body);
    read_message(message.type, message.body, whole);
  }
}

void Client::read_alert(ByteView fragment) {
  constexpr int warnings_allowed = 8;
  const auto told = parse_alert(fragment);
  if (!told) return fail("an alert that makes no sense");
  if (!told->fatal() && told->description != alert_close_notify && ++warnings_ <= warnings_allowed) return;
  alert_ = told;
  stage_ = Stage::ended;
}

void Client::keep(ContentType type, ByteView content) {
  kept_.push_back({type, {content.begin(), content.end()}});
}

void Client::fail(std::string why) {
  failure_ = std::move(why);
  stage_ = Stage::ended;
}

void Client::keep_chain(const std::optional<std::vector<ByteView>>& list) {
  if (!list) return fail("a Certificate message that makes no sense");
  chain_.clear();
  for (const ByteView der : *list) chain_.emplace_back(der.begin(), der.end());
}

Bytes make_message(HandshakeType type, ByteView body) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).vector24(body);
  return std::move(out).take();
}

}  // namespace certherald::codec::tls
