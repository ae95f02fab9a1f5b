#include "codec/tls/client_hello.hpp"

#include <algorithm>
#include <cassert>

#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/protocol.hpp"
#include "model/endpoint.hpp"

namespace certherald::codec::tls {
namespace {

using enum model::ProtocolVersion;

// RFC 8446 section 11, RFC 5077, RFC 5746, RFC 6520, RFC 7366, RFC 7627, RFC 7685, RFC 8422.
enum class Extension : std::uint16_t {
  server_name = 0,
  status_request = 5,
  supported_groups = 10,
  ec_point_formats = 11,
  signature_algorithms = 13,
  heartbeat = 15,
  padding = 21,
  encrypt_then_mac = 22,
  extended_master_secret = 23,
  session_ticket = 35,
  supported_versions = 43,
  psk_key_exchange_modes = 45,
  key_share = 51,
  renegotiation_info = 0xff01,
};

// RFC 8446 section 4.2.3 and RFC 5246 section 7.4.1.4.1; SHA-1 and DSA last.
constexpr auto signature_algorithms = std::to_array<std::uint16_t>(
    {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
     0x0601, 0x081a, 0x081b, 0x081c, 0x0708, 0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0302, 0x0202});

// By the code's second byte: SignatureAlgorithm of TLS 1.2, and the codes that TLS 1.3 gave to RSASSA-PSS.
bool signs_with_ecdsa(std::uint16_t code) { return (code & 0xffU) == 3 && code != 0x0303; }
bool signs_with_rsa(std::uint16_t code) {
  const bool pss = code >= 0x0804 && code <= 0x080b && code != 0x0807 && code != 0x0808;
  return pss || ((code & 0xffU) == 1 && (code >> 8U) <= 6);
}

class ExtensionBlock {
 public:
  void add(Extension type, ByteView body) {
    out_.u16(static_cast<std::uint16_t>(type));
    out_.vector16(body);
  }
  [[nodiscard]] ByteView view() const { return out_.view(); }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  ByteWriter out_;
};

template <class Numbers>
Bytes u16_list(const Numbers& numbers) {
  ByteWriter items;
  for (const std::uint16_t number : numbers) items.u16(number);
  return std::move(items).take();
}

template <class Numbers>
Bytes u16_vector(const Numbers& numbers) {
  ByteWriter out;
  out.vector16(u16_list(numbers));
  return std::move(out).take();
}

Bytes server_name_list(const std::string& name) {
  ByteWriter entry;
  entry.u8(0).vector16(as_bytes(name));
  ByteWriter list;
  list.vector16(entry.view());
  return std::move(list).take();
}

Bytes supported_versions(const HelloSpec& spec) {
  std::vector<std::uint16_t> versions = {wire_version(tls13)};
  if (spec.lower_versions) {
    for (const auto lower : {tls12, tls11, tls10}) versions.push_back(wire_version(lower));
  }
  ByteWriter out;
  out.vector8(u16_list(versions));
  return std::move(out).take();
}

Bytes key_shares(const HelloSpec& spec) {
  ByteWriter list;
  if (spec.key_share) list.u16(spec.key_share->group).vector16(spec.key_share->key_exchange);
  ByteWriter out;
  out.vector16(list.view());
  return std::move(out).take();
}

void add_elliptic(ExtensionBlock& block, const HelloSpec& spec) {
  if (spec.groups.empty()) return;
  constexpr std::array<std::uint8_t, 2> uncompressed_only = {1, 0};
  block.add(Extension::supported_groups, u16_vector(spec.groups));
  block.add(Extension::ec_point_formats, uncompressed_only);
}

// What TLS 1.3 has no use for.
void add_older(ExtensionBlock& block, const HelloSpec& spec) {
  // RFC 7366: a server that knows it agrees where it chose a CBC suite.
  if (spec.encrypt_then_mac) block.add(Extension::encrypt_then_mac, {});
  if (spec.session_ticket) block.add(Extension::session_ticket, *spec.session_ticket);
  if (!spec.renegotiated) return;
  ByteWriter info;
  info.vector8(*spec.renegotiated);
  block.add(Extension::renegotiation_info, info.view());
}

ExtensionBlock extensions(const HelloSpec& spec) {
  ExtensionBlock block;
  if (!spec.server_name.empty() && !model::is_ip_address(spec.server_name)) {
    block.add(Extension::server_name, server_name_list(spec.server_name));
  }
  if (spec.status_request) {
    constexpr std::array<std::uint8_t, 5> any_responder = {1, 0, 0, 0, 0};  // ocsp, RFC 6066 section 8
    block.add(Extension::status_request, any_responder);
  }
  block.add(Extension::extended_master_secret, {});
  if (spec.version < tls13 || spec.lower_versions) add_older(block, spec);
  add_elliptic(block, spec);
  if (spec.version >= tls12) {
    block.add(Extension::signature_algorithms,
              spec.signatures.empty() ? u16_vector(signature_algorithms) : u16_vector(spec.signatures));
  }
  if (spec.version == tls13) {
    constexpr std::array<std::uint8_t, 2> psk_dhe_ke = {1, 1};
    block.add(Extension::supported_versions, supported_versions(spec));
    block.add(Extension::key_share, key_shares(spec));
    block.add(Extension::psk_key_exchange_modes, psk_dhe_ke);
  }
  constexpr std::array<std::uint8_t, 1> peer_may_send = {1};
  if (spec.version < tls13 || spec.lower_versions) block.add(Extension::heartbeat, peer_may_send);
  return block;
}

// RFC 7685 section 4; the header of the handshake message counts.
void pad(ExtensionBlock& block, std::size_t message_without_extensions) {
  constexpr std::size_t header = 4;
  constexpr std::size_t shortest_bad = 256;
  constexpr std::size_t shortest_good = 512;
  std::size_t length = message_without_extensions + block.size();
  std::size_t padding = 0;
  if (length >= shortest_bad && length < shortest_good) {
    padding = std::max<std::size_t>(shortest_good - length, header + 1);
    length += padding;
  }
  const std::size_t tail = length % shortest_bad;
  if (tail == 10 || tail == 14) padding = std::max<std::size_t>(padding, header) + 5;
  if (padding > 0) block.add(Extension::padding, Bytes(padding - header));
}

Bytes cipher_list(const HelloSpec& spec) {
  Bytes list = u16_list(spec.ciphers);
  if ((spec.version == tls13 && !spec.lower_versions) || spec.renegotiated) return list;
  list.push_back(empty_renegotiation_info_scsv >> 8U);
  list.push_back(empty_renegotiation_info_scsv & 0xffU);
  return list;
}

}  // namespace

std::vector<std::uint16_t> ecdsa_signatures() {
  std::vector<std::uint16_t> out;
  std::ranges::copy_if(signature_algorithms, std::back_inserter(out), signs_with_ecdsa);
  return out;
}

std::vector<std::uint16_t> rsa_signatures() {
  std::vector<std::uint16_t> out;
  std::ranges::copy_if(signature_algorithms, std::back_inserter(out), signs_with_rsa);
  return out;
}

Bytes build_client_hello(const HelloSpec& spec) {
  assert(!spec.ciphers.empty() && spec.ciphers.size() <= 1000 && spec.groups.size() <= 1000);
  ByteWriter body;
  body.u16(wire_version(std::min(spec.version, tls12))).bytes(spec.random);
  body.vector8(spec.version == tls13 ? ByteView(spec.session_id) : ByteView(spec.resumed_id));
  body.vector16(cipher_list(spec));
  constexpr std::array<std::uint8_t, 2> deflate_or_none = {1, 0};
  const bool compress = spec.compression && spec.version < tls13;
  body.vector8(compress ? ByteView(deflate_or_none) : ByteView(deflate_or_none).last(1));
  if (spec.version != ssl3) {
    constexpr std::size_t lengths = 4 + 2;  // of the message and of the block
    ExtensionBlock block = extensions(spec);
    pad(block, lengths + body.size());
    body.vector16(block.view());
  }
  ByteWriter message;
  message.u8(static_cast<std::uint8_t>(HandshakeType::client_hello)).vector24(body.view());
  ByteWriter record;
  record.u8(static_cast<std::uint8_t>(ContentType::handshake));
  record.u16(wire_version(spec.version == ssl3 ? ssl3 : tls10)).vector16(message.view());
  return std::move(record).take();
}

}  // namespace certherald::codec::tls
