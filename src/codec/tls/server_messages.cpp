#include "codec/tls/server_messages.hpp"

#include <algorithm>
#include <bit>

namespace certherald::codec::tls {
namespace {

// SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3).
constexpr std::array<std::uint8_t, 32> retry_random = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

constexpr std::uint16_t ext_status_request = 5;
constexpr std::uint16_t ext_heartbeat = 15;
constexpr std::uint16_t ext_encrypt_then_mac = 22;
constexpr std::uint16_t ext_extended_master_secret = 23;
constexpr std::uint16_t ext_session_ticket = 35;
constexpr std::uint16_t ext_supported_versions = 43;
constexpr std::uint16_t ext_key_share = 51;
constexpr std::uint16_t ext_renegotiation_info = 0xff01;

bool read_extension(std::uint16_t type, ByteView data, ServerHello& hello) {
  ByteReader reader(data);
  if (type == ext_supported_versions) {
    const auto version = reader.u16();
    if (!version) return false;
    hello.version = *version;
  } else if (type == ext_key_share) {
    hello.group = reader.u16();
    if (!hello.group) return false;
    if (const auto share = reader.vector16()) hello.key_exchange.assign(share->begin(), share->end());
  } else if (type == ext_renegotiation_info) {
    hello.secure_renegotiation = true;
    if (const auto info = reader.vector8()) hello.renegotiated_connection.assign(info->begin(), info->end());
  } else if (type == ext_session_ticket) {
    hello.session_ticket = true;
  } else if (type == ext_extended_master_secret) {
    hello.extended_master_secret = true;
  } else if (type == ext_encrypt_then_mac) {
    hello.encrypt_then_mac = true;
  } else if (type == ext_heartbeat) {
    hello.heartbeat = true;
  }
  return true;
}

bool read_extensions(ByteReader reader, ServerHello& hello) {
  if (reader.empty()) return true;
  const auto block = reader.vector16();
  if (!block || !reader.empty()) return false;
  ByteReader list(*block);
  while (!list.empty()) {
    const auto type = list.u16();
    const auto data = list.vector16();
    if (!type || !data || !read_extension(*type, *data, hello)) return false;
  }
  return true;
}

ByteView without_leading_zeros(ByteView number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  return number;
}

int bit_length(ByteView number) {
  number = without_leading_zeros(number);
  if (number.empty()) return 0;
  return static_cast<int>((number.size() - 1) * 8) + static_cast<int>(std::bit_width(number.front()));
}

std::optional<KeyParameters> read_finite_field(ByteReader& reader) {
  const auto prime = reader.vector16();
  const auto generator = reader.vector16();
  const auto value = reader.vector16();
  if (!prime || !generator || !value) return std::nullopt;
  KeyParameters out;
  out.dh_bits = bit_length(*prime);
  const auto keep = [](Bytes& to, ByteView number) {
    number = without_leading_zeros(number);
    to.assign(number.begin(), number.end());
  };
  keep(out.dh_prime, *prime);
  keep(out.dh_generator, *generator);
  keep(out.dh_public, *value);
  return out;
}

std::optional<KeyParameters> read_elliptic(ByteReader& reader) {
  constexpr std::uint8_t named_curve = 3;
  const auto kind = reader.u8();
  if (!kind) return std::nullopt;
  KeyParameters out;
  if (*kind != named_curve) return out;
  out.group = reader.u16();
  return out.group ? std::optional(out) : std::nullopt;
}

std::optional<KeyParameters> read_export_rsa(ByteReader& reader) {
  const auto modulus = reader.vector16();
  const auto exponent = reader.vector16();
  if (!modulus || !exponent) return std::nullopt;
  KeyParameters out;
  out.rsa_bits = bit_length(*modulus);
  return out;
}

std::optional<std::vector<ByteView>> read_certificates(ByteReader& reader, bool with_extensions) {
  const auto block = reader.vector24();
  if (!block || !reader.empty()) return std::nullopt;
  ByteReader list(*block);
  std::vector<ByteView> chain;
  while (!list.empty()) {
    const auto der = list.vector24();
    if (!der || der->empty() || chain.size() == max_chain_length) return std::nullopt;
    if (with_extensions && !list.vector16()) return std::nullopt;
    chain.push_back(*der);
  }
  return chain;
}

}  // namespace

std::optional<ServerHello> parse_server_hello(ByteView body) {
  ByteReader reader(body);
  const auto version = reader.u16();
  const auto random = reader.take(32);
  const auto session_id = reader.vector8();
  const auto cipher = reader.u16();
  const auto compression = reader.u8();
  if (!version || !random || !session_id || !cipher || !compression) return std::nullopt;
  ServerHello hello;
  hello.version = hello.legacy_version = *version;
  std::ranges::copy(*random, hello.random.begin());
  hello.session_id.assign(session_id->begin(), session_id->end());
  hello.cipher = *cipher;
  hello.compression = *compression;
  hello.retry_request = hello.random == retry_random;
  hello.well_formed = read_extensions(reader, hello);
  return hello;
}

std::optional<std::vector<ByteView>> parse_certificate_list(ByteView body) {
  ByteReader reader(body);
  return read_certificates(reader, false);
}

std::optional<std::vector<ByteView>> parse_certificate_list_tls13(ByteView body) {
  ByteReader reader(body);
  if (!reader.vector8()) return std::nullopt;  // the context, which a server leaves empty
  return read_certificates(reader, true);
}

std::optional<ByteView> parse_certificate_status(ByteView body) {
  constexpr std::uint8_t ocsp = 1;
  ByteReader reader(body);
  if (reader.u8() != ocsp) return std::nullopt;
  const auto response = reader.vector24();
  return response && reader.empty() ? response : std::nullopt;
}

std::optional<ByteView> parse_staple_tls13(ByteView certificate_message) {
  ByteReader message(certificate_message);
  if (!message.vector8()) return std::nullopt;
  const auto list = message.vector24();
  if (!list) return std::nullopt;
  ByteReader entries(*list);
  if (!entries.vector24()) return std::nullopt;
  const auto block = entries.vector16();
  if (!block) return std::nullopt;
  ByteReader extensions(*block);
  while (!extensions.empty()) {
    const auto type = extensions.u16();
    const auto data = extensions.vector16();
    if (!type || !data) return std::nullopt;
    if (*type == ext_status_request) return parse_certificate_status(*data);
  }
  return std::nullopt;
}

std::optional<KeyParameters> parse_server_key_exchange(ByteView body, const CipherInfo& cipher) {
  using enum KeyExchange;
  ByteReader reader(body);
  switch (cipher.key_exchange) {
    case dhe:
    case dhe_export:
    case dh_anon:
    case dh_anon_export:
      return read_finite_field(reader);
    case ecdhe:
    case ecdh_anon:
      return read_elliptic(reader);
    case dhe_psk:
    case ecdhe_psk:
      if (!reader.vector16()) return std::nullopt;  // the identity hint
      return cipher.key_exchange == dhe_psk ? read_finite_field(reader) : read_elliptic(reader);
    case rsa_export:
      return read_export_rsa(reader);
    case rsa:
    case dh:
    case dh_export:
    case ecdh:
    case psk:
    case rsa_psk:
    case krb5:
    case krb5_export:
    case srp:
    case gost:
    case eccpwd:
    case negotiated:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<CertificateRequest> parse_certificate_request(ByteView body, std::uint16_t version) {
  ByteReader reader(body);
  const auto types = reader.vector8();
  if (!types) return std::nullopt;
  CertificateRequest out;
  out.types.assign(types->begin(), types->end());
  if (version >= wire_version(model::ProtocolVersion::tls12)) {
    const auto block = reader.vector16();
    if (!block || block->size() % 2 != 0) return std::nullopt;
    for (ByteReader list(*block); !list.empty();) out.signature_algorithms.push_back(list.u16().value_or(0));
  }
  const auto authorities = reader.vector16();
  if (!authorities || !reader.empty()) return std::nullopt;
  for (ByteReader list(*authorities); !list.empty(); ++out.authorities) {
    if (!list.vector16()) return std::nullopt;
  }
  return out;
}

std::optional<Alert> parse_alert(ByteView fragment) {
  if (fragment.size() < 2) return std::nullopt;
  return Alert{fragment[0], fragment[1]};
}

}  // namespace certherald::codec::tls
