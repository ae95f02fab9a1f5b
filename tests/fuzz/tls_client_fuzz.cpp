// What a server sends: the first byte chooses the version and whether a session is resumed, the rest comes in
// two pieces whose border the second byte sets.

#include <cstdlib>

#include "codec/tls/tls12_client.hpp"
#include "codec/tls/tls13_client.hpp"
#include "scan/http_answer.hpp"

using namespace certherald;
using namespace certherald::codec;

namespace {

void feed(tls::Client& client, ByteView bytes, std::size_t border) {
  border = std::min(border, bytes.size());
  client.feed(bytes.first(border));
  client.feed(bytes.subspan(border));
  while (client.take()) {
  }
  // Nobody without our secrets comes so far.
  if (client.stage() == tls::Stage::open) std::abort();
  if (client.output().size() > std::size_t{64} << 10U) std::abort();
}

tls::HelloSpec spec_of(model::ProtocolVersion version) {
  tls::HelloSpec spec;
  spec.version = version;
  spec.ciphers = {0xc02f, 0xc013, 0x002f, 0x009e, 0x0033, 0xcca8};
  spec.groups = {29, 23};
  spec.encrypt_then_mac = false;
  return spec;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const ByteView bytes = ByteView(data, size).subspan(2);
  const std::size_t border = data[1] * std::size_t{8};
  const unsigned kind = data[0] % 4U;
  SeededRandom random(1);
  if (kind == 3) {
    const auto read = scan::read_http_answer(as_text(bytes));
    for (const auto& field : read.answer.fields) (void)scan::hsts_max_age(field.value);
    return 0;
  }
  if (kind == 2) {
    static const tls::KeyShare share = tls::KeyShare::make(29).value();
    tls::HelloSpec spec = spec_of(model::ProtocolVersion::tls13);
    spec.ciphers = {0x1301, 0x1302, 0x1303};
    spec.key_share = {29, share.public_key()};
    tls::Tls13Client client(tls::build_client_hello(spec), spec.ciphers, share);
    feed(client, bytes, border);
    (void)tls::parse_tls13_ticket(bytes);
    return 0;
  }
  tls::HelloSpec spec = spec_of(model::ProtocolVersion::tls12);
  std::optional<tls::Session> session;
  if (kind == 1) {
    session = tls::Session{0x0303, 0xc02f, true, Bytes(48, 1), Bytes(16, 2), Bytes(32, 3)};
    spec.resumed_id = session->id;
    spec.session_ticket = session->ticket;
  }
  tls::Tls12Client client(spec, random, session);
  feed(client, bytes, border);
  return 0;
}
