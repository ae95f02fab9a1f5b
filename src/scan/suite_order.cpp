#include "scan/suite_order.hpp"

#include <algorithm>
#include <array>

#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/named_groups.hpp"

namespace certherald::scan {

namespace tls = codec::tls;

namespace {

using enum model::ProtocolVersion;

constexpr auto usual = std::to_array<std::uint16_t>({
    0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9,                  // ECDHE with AES-GCM and ChaCha20
    0xc027, 0xc023, 0xc028, 0xc024, 0xc013, 0xc009, 0xc014, 0xc00a,  // ECDHE with AES-CBC
    0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039,          // DHE with RSA
    0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035,                  // RSA
    0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xc09e, 0xc09f, 0xc09c, 0xc09d,  // CCM
    0xc060, 0xc061, 0xc05c, 0xc05d, 0xc052, 0xc053, 0xc050, 0xc051,  // ARIA
    0xc076, 0xc077, 0xc072, 0xc073, 0x00be, 0x00c4, 0x00ba, 0x00c0,  // Camellia
    0x0045, 0x0088, 0x0041, 0x0084,                                  //
    0xc012, 0xc008, 0x0016, 0x000a,                                  // 3DES
    0xc011, 0xc007, 0x0005, 0x0004, 0x0009,                          // RC4, DES
});
static_assert(usual.size() == short_list);

bool may_be_asked(const tls::CipherInfo& info, model::ProtocolVersion version) {
  if (version == tls13 || info.tls13()) return version == tls13 && info.tls13();
  return version == tls12 || info.since <= tls11;
}

}  // namespace

std::span<const std::uint16_t> usual_suites() { return usual; }

std::vector<std::uint16_t> suites_for(model::ProtocolVersion version) {
  std::vector<std::uint16_t> out;
  for (const std::uint16_t code : usual) {
    if (may_be_asked(*tls::find_cipher_suite(code), version)) out.push_back(code);
  }
  const auto end_of_usual = static_cast<std::ptrdiff_t>(out.size());
  for (const tls::CipherInfo& info : tls::all_cipher_suites()) {
    if (!may_be_asked(info, version)) continue;
    if (std::find(out.begin(), out.begin() + end_of_usual, info.code) != out.begin() + end_of_usual) continue;
    out.push_back(static_cast<std::uint16_t>(info.code));
  }
  return out;
}

std::vector<std::uint16_t> groups_for(model::ProtocolVersion version) {
  std::vector<std::uint16_t> out;
  if (version == ssl3) return out;
  for (const tls::NamedGroup& group : tls::all_named_groups()) {
    // Below TLS 1.3 a server that is offered RFC 7919 groups may not use its own parameters any more
    // (section 4), and those are what is worth knowing.
    const bool older = group.tls12 && group.kind == tls::GroupKind::elliptic;
    if (version == tls13 ? group.tls13 : older) out.push_back(group.code);
  }
  return out;
}

}  // namespace certherald::scan
