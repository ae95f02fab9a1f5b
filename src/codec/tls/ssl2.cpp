#include "codec/tls/ssl2.hpp"

#include <optional>

namespace certherald::codec::tls {
namespace {

using enum KeyExchange;
using enum Mode;
using enum model::ProtocolVersion;

constexpr std::uint8_t client_hello_type = 1;
constexpr std::uint8_t server_hello_type = 4;
constexpr std::uint8_t error_type = 0;
constexpr std::uint8_t two_byte_header = 0x80;
constexpr std::uint16_t version_2 = 0x0002;

constexpr WeakClasses nil = {.null_cipher = true};
constexpr WeakClasses exported = {.export_grade = true};
constexpr WeakClasses low = {.low = true};
constexpr WeakClasses block64 = {.block64 = true};
constexpr auto by_rsa = Authentication::rsa;

// Sorted by code. The last four are of later implementations.
constexpr auto suites = std::to_array<CipherInfo>({
    {0x000000, "SSL_NULL_WITH_MD5", rsa, by_rsa, null, 0, ssl2, nil},
    {0x010080, "SSL_CK_RC4_128_WITH_MD5", rsa, by_rsa, stream, 128, ssl2, low},
    {0x020080, "SSL_CK_RC4_128_EXPORT40_WITH_MD5", rsa_export, by_rsa, stream, 40, ssl2, exported},
    {0x030080, "SSL_CK_RC2_128_CBC_WITH_MD5", rsa, by_rsa, cbc, 128, ssl2, low},
    {0x040080, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5", rsa_export, by_rsa, cbc, 40, ssl2, exported},
    {0x050080, "SSL_CK_IDEA_128_CBC_WITH_MD5", rsa, by_rsa, cbc, 128, ssl2, low},
    {0x060040, "SSL_CK_DES_64_CBC_WITH_MD5", rsa, by_rsa, cbc, 56, ssl2, low},
    {0x060140, "SSL_CK_DES_64_CBC_WITH_SHA", rsa, by_rsa, cbc, 56, ssl2, low},
    {0x0700c0, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", rsa, by_rsa, cbc, 112, ssl2, low},
    {0x0701c0, "SSL_CK_DES_192_EDE3_CBC_WITH_SHA", rsa, by_rsa, cbc, 112, ssl2, block64},
    {0x080080, "SSL_CK_RC4_64_WITH_MD5", rsa, by_rsa, stream, 64, ssl2, low},
    {0xff8000, "SSL_CK_DES_64_CFB64_WITH_MD5_1", rsa, by_rsa, stream, 56, ssl2, low},
    {0xff8010, "SSL_CK_NULL", rsa, by_rsa, null, 0, ssl2, nil},
});

void put_u24(ByteWriter& out, std::uint32_t value) {
  out.u8(static_cast<std::uint8_t>(value >> 16U)).u16(static_cast<std::uint16_t>(value));
}

// What follows the type of the message.
std::optional<Ssl2ServerHello> parse_server_hello(ByteReader reader) {
  const auto session_hit = reader.u8();
  const auto certificate_type = reader.u8();
  const auto version = reader.u16();
  const auto certificate_size = reader.u16();
  const auto ciphers_size = reader.u16();
  const auto connection_id_size = reader.u16();
  if (!session_hit || !certificate_type || version != version_2) return std::nullopt;
  if (!certificate_size || !ciphers_size || !connection_id_size) return std::nullopt;
  const auto certificate = reader.take(*certificate_size);
  const auto specs = reader.take(*ciphers_size);
  const bool whole = reader.take(*connection_id_size).has_value();
  if (!certificate || !specs || !whole || specs->size() % 3 != 0) return std::nullopt;
  Ssl2ServerHello out;
  out.certificate.assign(certificate->begin(), certificate->end());
  for (ByteReader list(*specs); !list.empty() && out.ciphers.size() < max_ssl2_ciphers;) {
    const std::uint32_t high = list.u8().value_or(0);
    out.ciphers.push_back(high << 16U | list.u16().value_or(0));
  }
  return out;
}

}  // namespace

std::span<const CipherInfo> ssl2_cipher_suites() { return suites; }

Bytes build_ssl2_client_hello(const std::array<std::uint8_t, 16>& challenge) {
  ByteWriter specs;
  for (const CipherInfo& suite : suites) put_u24(specs, suite.code);
  ByteWriter message;
  message.u8(client_hello_type).u16(version_2);
  message.u16(static_cast<std::uint16_t>(specs.size())).u16(0);  // no session to resume
  message.u16(static_cast<std::uint16_t>(challenge.size()));
  message.bytes(specs.view()).bytes(challenge);
  ByteWriter record;
  record.u8(static_cast<std::uint8_t>(two_byte_header | message.size() >> 8U));
  record.u8(static_cast<std::uint8_t>(message.size())).bytes(message.view());
  return std::move(record).take();
}

Ssl2Step read_ssl2_answer(ByteView bytes) {
  ByteReader reader(bytes);
  const auto first = reader.u8();
  if (!first) return NeedMore{};
  if ((*first & two_byte_header) == 0) return NotSsl2{};
  const auto second = reader.u8();
  const auto type = reader.u8();
  if (type && *type != server_hello_type && *type != error_type) return NotSsl2{};
  if (!second || !type) return NeedMore{};
  constexpr std::size_t header = 2;
  const std::size_t length = static_cast<std::size_t>(*first & ~two_byte_header) << 8U | *second;
  if (length == 0) return NotSsl2{};
  if (bytes.size() < header + length) return NeedMore{};
  ByteReader body(bytes.subspan(header + 1, length - 1));
  if (*type == error_type) {
    const auto code = body.u16();
    if (!code || !body.empty()) return NotSsl2{};
    return Ssl2Error{*code};
  }
  if (auto hello = parse_server_hello(body)) return std::move(*hello);
  return NotSsl2{};
}

}  // namespace certherald::codec::tls
