#include "codec/tls/named_groups.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace certherald::codec::tls {
namespace {

using enum GroupKind;

constexpr auto groups = std::to_array<NamedGroup>({
    {29, "x25519", elliptic, 253, true, true},
    {23, "secp256r1", elliptic, 256, true, true},
    {24, "secp384r1", elliptic, 384, true, true},
    {25, "secp521r1", elliptic, 521, true, true},
    {30, "x448", elliptic, 446, true, true},
    {0x11ec, "x25519mlkem768", hybrid, 253, false, true},
    {0x11eb, "secp256r1mlkem768", hybrid, 256, false, true},
    {0x11ed, "secp384r1mlkem1024", hybrid, 384, false, true},
    {0x0200, "mlkem512", hybrid, 0, false, true},
    {0x0201, "mlkem768", hybrid, 0, false, true},
    {0x0202, "mlkem1024", hybrid, 0, false, true},
    {0x11ee, "curvesm2mlkem768", hybrid, 256, false, true},
    {0x6399, "x25519kyber768draft00", hybrid, 253, false, true},
    {0x639a, "secp256r1kyber768draft00", hybrid, 256, false, true},
    {0x0100, "ffdhe2048", finite_field, 2048, true, true},
    {0x0101, "ffdhe3072", finite_field, 3072, true, true},
    {0x0102, "ffdhe4096", finite_field, 4096, true, true},
    {0x0103, "ffdhe6144", finite_field, 6144, true, true},
    {0x0104, "ffdhe8192", finite_field, 8192, true, true},
    {26, "brainpoolp256r1", elliptic, 256, true, false},
    {27, "brainpoolp384r1", elliptic, 384, true, false},
    {28, "brainpoolp512r1", elliptic, 512, true, false},
    {31, "brainpoolp256r1tls13", elliptic, 256, false, true},
    {32, "brainpoolp384r1tls13", elliptic, 384, false, true},
    {33, "brainpoolp512r1tls13", elliptic, 512, false, true},
    {41, "curvesm2", elliptic, 256, false, true},
    {34, "gc256a", elliptic, 256, true, true},
    {35, "gc256b", elliptic, 256, true, true},
    {36, "gc256c", elliptic, 256, true, true},
    {37, "gc256d", elliptic, 256, true, true},
    {38, "gc512a", elliptic, 512, true, true},
    {39, "gc512b", elliptic, 512, true, true},
    {40, "gc512c", elliptic, 512, true, true},
    {22, "secp256k1", elliptic, 256, true, false},
    {14, "sect571r1", elliptic, 571, true, false},
    {13, "sect571k1", elliptic, 571, true, false},
    {12, "sect409r1", elliptic, 409, true, false},
    {11, "sect409k1", elliptic, 409, true, false},
    {10, "sect283r1", elliptic, 283, true, false},
    {9, "sect283k1", elliptic, 283, true, false},
    {21, "secp224r1", elliptic, 224, true, false},
    {20, "secp224k1", elliptic, 224, true, false},
    {8, "sect239k1", elliptic, 239, true, false},
    {7, "sect233r1", elliptic, 233, true, false},
    {6, "sect233k1", elliptic, 233, true, false},
    {19, "secp192r1", elliptic, 192, true, false},
    {18, "secp192k1", elliptic, 192, true, false},
    {5, "sect193r2", elliptic, 193, true, false},
    {4, "sect193r1", elliptic, 193, true, false},
    {3, "sect163r2", elliptic, 163, true, false},
    {2, "sect163r1", elliptic, 163, true, false},
    {1, "sect163k1", elliptic, 163, true, false},
    {17, "secp160r2", elliptic, 160, true, false},
    {16, "secp160r1", elliptic, 160, true, false},
    {15, "secp160k1", elliptic, 160, true, false},
});

}  // namespace

std::span<const NamedGroup> all_named_groups() { return groups; }

const NamedGroup* find_named_group(std::uint32_t code) {
  const auto* found = std::ranges::find(groups, code, &NamedGroup::code);
  return found != groups.end() ? found : nullptr;
}

std::string named_group_name(std::uint32_t code) {
  const NamedGroup* group = find_named_group(code);
  return group != nullptr ? std::string(group->name) : fmt::format("unknown 0x{:04x}", code);
}

}  // namespace certherald::codec::tls
