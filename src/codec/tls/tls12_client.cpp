#include "codec/tls/tls12_client.hpp"

#include <algorithm>
#include <utility>

#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/key_exchange.hpp"

namespace certherald::codec::tls {
namespace {

constexpr std::size_t record_header = 5;
constexpr std::size_t master_size = 48;
constexpr std::size_t verify_size = 12;
constexpr std::uint8_t alert_no_renegotiation = 100;
constexpr std::uint16_t oldest = 0x0301;

void add(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

Bytes joined(ByteView one, ByteView other) {
  Bytes out(one.begin(), one.end());
  add(out, other);
  return out;
}

}  // namespace

Tls12Client::Tls12Client(HelloSpec spec, Random& random, std::optional<Session> session)
    : spec_(std::move(spec)), random_(random), offered_(std::move(session)) {
  const Bytes record = build_client_hello(spec_);
  add(transcript_, ByteView(record).subspan(record_header));
}

Bytes Tls12Client::seal(ContentType type, ByteView content) {
  if (sealer_) return sealer_->seal(type, content);
  const std::uint16_t version = hellos_.empty() ? oldest : hello().version;
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).u16(version).vector16(content);
  return std::move(out).take();
}

void Tls12Client::renegotiate() {
  random_.fill(spec_.random);
  spec_.renegotiated = mine_;
  spec_.resumed_id.clear();
  if (spec_.session_ticket) spec_.session_ticket = Bytes();
  offered_.reset();
  stage_ = Stage::handshake;
  expect_ = Expect::hello;
  messages_ = HandshakeReader();
  const Bytes record = build_client_hello(spec_);
  const ByteView message = ByteView(record).subspan(record_header);
  transcript_.assign(message.begin(), message.end());
  send(seal(ContentType::handshake, message));
}

std::optional<Session> Tls12Client::session() const {
  if (master_.empty() || hellos_.empty()) return std::nullopt;
  return Session{hello().version, hello().cipher, hello().extended_master_secret,
                 master_,         ticket_,        hello().session_id};
}

void Tls12Client::read_record(const Record& record) {
  Bytes opened;
  ByteView content = record.fragment;
  if (opener_) {
    auto plain = opener_->open(record.type, record.fragment);
    if (!plain) return fail("a record that cannot be decrypted");
    opened = std::move(*plain);
    content = opened;
  }
  if (stage_ == Stage::open && record.type != ContentType::change_cipher_spec) {
    return keep(record.type, content);
  }
  switch (record.type) {
    case ContentType::change_cipher_spec:
      return read_change(content);
    case ContentType::alert: {
      const auto told = parse_alert(content);
      const bool declined = opener_ && told && told->description == alert_no_renegotiation;
      if (!declined) return read_alert(content);
      stage_ = Stage::open;  // RFC 5246 section 7.2.2: the session goes on as it was
      expect_ = Expect::nothing;
      return keep(record.type, content);
    }
    case ContentType::handshake:
      return read_messages(content);
    case ContentType::application_data:
      if (opener_ && expect_ == Expect::hello)
        return keep(record.type, content);  // sent before our hello came
      return fail("data in the middle of a handshake");
    case ContentType::heartbeat:
      return;
  }
  fail("a record of an unknown type");
}

void Tls12Client::read_change(ByteView fragment) {
  if (expect_ != Expect::change || fragment.size() != 1 || fragment[0] != 1 || messages_.in_message()) {
    return fail("a ChangeCipherSpec out of place");
  }
  opener_ = std::exchange(next_opener_, std::nullopt);
  expect_ = Expect::finished;
}

void Tls12Client::read_message(HandshakeType type, ByteView body, ByteView whole) {
  if (type == HandshakeType::hello_request && body.empty()) return;  // RFC 5246 section 7.4.1.1
  if (expect_ == Expect::hello && type == HandshakeType::server_hello) return read_hello(body, whole);
  if (expect_ == Expect::flight) return read_flight(type, body, whole);
  if (expect_ == Expect::change && type == HandshakeType::new_session_ticket) return read_ticket(body, whole);
  if (expect_ == Expect::finished && type == HandshakeType::finished) return read_finished(body, whole);
  fail("a handshake message out of place");
}

// Why nothing can come of this hello.
std::optional<std::string> Tls12Client::refuses(const ServerHello& hello) const {
  if (!hello.well_formed) return "a ServerHello that makes no sense";
  if (hello.version < oldest || hello.version > wire_version(spec_.version)) {
    return "a version that was not offered";
  }
  if (suite_ == nullptr || std::ranges::find(spec_.ciphers, hello.cipher) == spec_.ciphers.end()) {
    return "a suite that was not offered, or is not known";
  }
  if (hello.compression != 0 || hello.encrypt_then_mac) return "an extension that was not offered";
  // RFC 5746 sections 3.4 and 3.5.
  if (spec_.renegotiated && hello.renegotiated_connection != joined(mine_, theirs_)) {
    return "a renegotiation_info that is not of this connection";
  }
  return std::nullopt;
}

void Tls12Client::read_hello(ByteView body, ByteView whole) {
  auto parsed = parse_server_hello(body);
  if (!parsed) return fail("a ServerHello that makes no sense");
  suite_ = find_record_suite(parsed->cipher);
  hellos_.push_back(std::move(*parsed));
  if (auto why = refuses(hello())) return fail(std::move(*why));
  add(transcript_, whole);
  const bool same = offered_ && !hello().session_id.empty() && hello().session_id == spec_.resumed_id &&
                    hello().cipher == offered_->cipher && hello().version == offered_->version;
  resumed_ = same;
  ticket_.clear();
  asks_certificate_ = false;
  key_exchange_.clear();
  expect_ = Expect::flight;
  if (!same) return;
  master_ = offered_->master;
  ticket_ = offered_->ticket;
  make_ciphers();
  expect_ = Expect::change;
}

void Tls12Client::read_flight(HandshakeType type, ByteView body, ByteView whole) {
  add(transcript_, whole);
  if (type == HandshakeType::certificate) return keep_chain(parse_certificate_list(body));
  if (type == HandshakeType::server_key_exchange) {
    key_exchange_.assign(body.begin(), body.end());
    return;
  }
  if (type == HandshakeType::certificate_request) {
    asks_certificate_ = true;
    return;
  }
  if (type == HandshakeType::server_hello_done) return answer_flight();
  if (type != HandshakeType::certificate_status) fail("a handshake message out of place");
}

void Tls12Client::answer_flight() {
  const CipherInfo* info = find_cipher_suite(hello().cipher);
  const ByteView leaf = chain().empty() ? ByteView() : ByteView(chain().front());
  auto keys = info == nullptr
                  ? std::nullopt
                  : make_client_keys(*info, wire_version(spec_.version), {leaf, key_exchange_}, random_);
  if (!keys) return fail("a key exchange that is of no use");
  constexpr std::array<std::uint8_t, 3> no_certificates = {0, 0, 0};
  if (asks_certificate_) send_message(HandshakeType::certificate, no_certificates);
  send_message(HandshakeType::client_key_exchange, keys->message);
  set_master(std::move(keys->premaster));
  make_ciphers();
  send_finished();
  expect_ = Expect::change;
}

// RFC 5246 section 8.1, RFC 7627 section 4.
void Tls12Client::set_master(Bytes premaster) {
  const PrfHash kind = prf_of(*suite_, hello().version);
  if (hello().extended_master_secret) {
    const Bytes hash = transcript_hash(kind, transcript_);
    master_ = prf(kind, premaster, "extended master secret", hash, master_size);
    return;
  }
  master_ = prf(kind, premaster, "master secret", joined(spec_.random, hello().random), master_size);
}

void Tls12Client::make_ciphers() {
  auto made =
      make_record_ciphers(*suite_, hello().version, master_, joined(hello().random, spec_.random), random_);
  next_sealer_ = std::move(made.first);
  next_opener_ = std::move(made.second);
}

void Tls12Client::send_message(HandshakeType type, ByteView body) {
  const Bytes message = make_message(type, body);
  add(transcript_, message);
  send(seal(ContentType::handshake, message));
}

void Tls12Client::send_finished() {
  constexpr std::array<std::uint8_t, 1> change = {1};
  send(seal(ContentType::change_cipher_spec, change));
  sealer_ = std::exchange(next_sealer_, std::nullopt);
  mine_ = verify_data("client finished");
  send_message(HandshakeType::finished, mine_);
}

Bytes Tls12Client::verify_data(std::string_view label) const {
  const PrfHash kind = prf_of(*suite_, hello().version);
  return prf(kind, master_, label, transcript_hash(kind, transcript_), verify_size);
}

// RFC 5077 section 3.3. An empty one says that there is none after all.
void Tls12Client::read_ticket(ByteView body, ByteView whole) {
  ByteReader reader(body);
  const auto lifetime = reader.u32();
  const auto ticket = reader.vector16();
  if (!lifetime || !ticket || !reader.empty()) return fail("a session ticket that makes no sense");
  ticket_.assign(ticket->begin(), ticket->end());
  add(transcript_, whole);
}

void Tls12Client::read_finished(ByteView body, ByteView whole) {
  theirs_ = verify_data("server finished");
  if (!std::ranges::equal(body, theirs_)) return fail("a Finished that is not right");
  add(transcript_, whole);
  if (resumed_) send_finished();
  transcript_.clear();
  expect_ = Expect::nothing;
  stage_ = Stage::open;
}

}  // namespace certherald::codec::tls
