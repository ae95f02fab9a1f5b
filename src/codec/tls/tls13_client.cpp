#include "codec/tls/tls13_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace certherald::codec::tls {
namespace {

constexpr std::size_t record_header = 5;
constexpr std::uint16_t early_data = 42;
constexpr std::uint16_t tls13 = 0x0304;

void add(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

std::optional<Tls13Ticket> parse_tls13_ticket(ByteView body) {
  ByteReader reader(body);
  const auto lifetime = reader.u32();
  const auto age = reader.u32();
  const auto nonce = reader.vector8();
  const auto ticket = reader.vector16();
  const auto extensions = reader.vector16();
  if (!lifetime || !age || !nonce || !ticket || !extensions || !reader.empty()) return std::nullopt;
  Tls13Ticket out{*lifetime, {ticket->begin(), ticket->end()}, {}};
  for (ByteReader list(*extensions); !list.empty();) {
    const auto type = list.u16();
    const auto data = list.vector16();
    if (!type || !data) return std::nullopt;
    if (*type != early_data) continue;
    ByteReader value(*data);
    out.max_early_data = value.u32();
    if (!out.max_early_data || !value.empty()) return std::nullopt;
  }
  return out;
}

Tls13Client::Tls13Client(ByteView client_hello, std::vector<std::uint16_t> ciphers, KeyShare share)
    : share_(std::move(share)), ciphers_(std::move(ciphers)) {
  if (client_hello.size() > record_header) add(transcript_, client_hello.subspan(record_header));
}

Bytes Tls13Client::seal(ContentType type, ByteView content) {
  if (sealer_) return sealer_->seal(type, content);
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).u16(0x0303).vector16(content);
  return std::move(out).take();
}

void Tls13Client::read_record(const Record& record) {
  // RFC 8446 section 5: dropped without a word while the handshake lasts.
  constexpr std::array<std::uint8_t, 1> change = {1};
  if (record.type == ContentType::change_cipher_spec && stage_ == Stage::handshake &&
      std::ranges::equal(record.fragment, change)) {
    return;
  }
  if (!opener_) return read_plain(record);
  if (record.type == ContentType::alert && expect_ == Expect::extensions) return read_alert(record.fragment);
  auto opened = record.type == ContentType::application_data ? opener_->open(record.fragment) : std::nullopt;
  if (!opened) return fail("a record that cannot be decrypted");
  if (stage_ == Stage::open) keep(opened->type, opened->content);
  if (opened->type == ContentType::handshake) return read_messages(opened->content);
  if (stage_ == Stage::open) return;
  if (opened->type == ContentType::alert) return read_alert(opened->content);
  fail("a record of another type in the middle of a handshake");
}

void Tls13Client::read_plain(const Record& record) {
  if (record.type == ContentType::alert) return read_alert(record.fragment);
  if (record.type == ContentType::handshake) return read_messages(record.fragment);
  fail("a record of another type in place of a ServerHello");
}

void Tls13Client::read_message(HandshakeType type, ByteView body, ByteView whole) {
  if (stage_ == Stage::open) return read_later(type, body);
  if (expect_ == Expect::hello && type == HandshakeType::server_hello) return read_hello(body, whole);
  if (expect_ == Expect::finished && type == HandshakeType::finished) return read_finished(body, whole);
  read_flight(type, body);
  add(transcript_, whole);
}

void Tls13Client::read_hello(ByteView body, ByteView whole) {
  auto parsed = parse_server_hello(body);
  if (!parsed || !parsed->well_formed) return fail("a ServerHello that makes no sense");
  hellos_.push_back(std::move(*parsed));
  const ServerHello& hello = hellos_.back();
  if (hello.version != tls13) return fail("a version that was not offered");
  if (hello.retry_request) return fail("a HelloRetryRequest");
  const Tls13Suite* suite = find_tls13_suite(hello.cipher);
  if (suite == nullptr || std::ranges::find(ciphers_, hello.cipher) == ciphers_.end()) {
    return fail("a suite that was not offered, or is not known");
  }
  const auto shared = hello.group == share_.group() ? share_.agree(hello.key_exchange) : std::nullopt;
  if (!shared) return fail("a key share that is of no use");
  if (messages_.in_message()) return fail("a ServerHello that does not end its record");  // section 5.1
  add(transcript_, whole);
  schedule_.emplace(*suite, *shared);
  sealer_ = schedule_->client_handshake(transcript_);
  opener_ = schedule_->server_handshake(transcript_);
  expect_ = Expect::extensions;
}

void Tls13Client::read_flight(HandshakeType type, ByteView body) {
  if (expect_ == Expect::extensions && type == HandshakeType::encrypted_extensions) {
    expect_ = Expect::certificate;
  } else if (expect_ == Expect::certificate && type == HandshakeType::certificate_request) {
    const auto context = ByteReader(body).vector8();
    if (!context) return fail("a CertificateRequest that makes no sense");
    certificate_context_.emplace(context->begin(), context->end());
  } else if (expect_ == Expect::certificate && type == HandshakeType::certificate) {
    keep_chain(parse_certificate_list_tls13(body));
    expect_ = Expect::verify;
  } else if (expect_ == Expect::verify && type == HandshakeType::certificate_verify) {
    expect_ = Expect::finished;
  } else {
    fail("a handshake message out of place");
  }
}

void Tls13Client::read_finished(ByteView body, ByteView whole) {
  if (!std::ranges::equal(body, opener_->verify_data(transcript_))) {
    return fail("a Finished that is not right");
  }
  if (messages_.in_message()) return fail("a Finished that does not end its record");
  add(transcript_, whole);
  const Tls13Keys later = schedule_->client_application(transcript_);
  opener_ = schedule_->server_application(transcript_);
  send_finished();
  sealer_ = later;
  transcript_.clear();
  expect_ = Expect::nothing;
  stage_ = Stage::open;
}

void Tls13Client::send_finished() {
  constexpr std::array<std::uint8_t, 6> change = {20, 3, 3, 0, 1, 1};  // for devices in between: appendix D.4
  send(change);
  if (certificate_context_) {
    ByteWriter body;
    body.vector8(*certificate_context_).vector24({});
    const Bytes message = make_message(HandshakeType::certificate, body.view());
    add(transcript_, message);
    send(seal(ContentType::handshake, message));
  }
  const Bytes message = make_message(HandshakeType::finished, sealer_->verify_data(transcript_));
  send(seal(ContentType::handshake, message));
}

void Tls13Client::read_later(HandshakeType type, ByteView body) {
  constexpr std::size_t enough = 8;
  if (type == HandshakeType::key_update) return read_update(body);
  if (type != HandshakeType::new_session_ticket) return fail("a handshake message out of place");
  auto ticket = parse_tls13_ticket(body);
  if (!ticket) return fail("a session ticket that makes no sense");
  if (tickets_.size() < enough) tickets_.push_back(std::move(*ticket));
}

// RFC 8446 section 4.6.3.
void Tls13Client::read_update(ByteView body) {
  if (body.size() != 1 || body[0] > 1 || messages_.in_message()) {
    return fail("a KeyUpdate that makes no sense");
  }
  opener_->update();
  if (body[0] == 0) return;
  constexpr std::array<std::uint8_t, 1> not_requested = {0};
  const Bytes message = make_message(HandshakeType::key_update, not_requested);
  send(seal(ContentType::handshake, message));
  sealer_->update();
}

}  // namespace certherald::codec::tls
