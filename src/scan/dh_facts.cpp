#include "scan/dh_facts.hpp"

#include <algorithm>

#include "codec/digest.hpp"
#include "codec/tls/dh_group.hpp"

namespace certherald::scan {
namespace {

constexpr std::size_t most_groups = 16;
constexpr std::size_t most_values = 64;
constexpr std::size_t longest_prime = 2048;

}  // namespace

void note_dh_group(Facts& facts, const codec::tls::KeyParameters& keys, model::ProtocolVersion version,
                   std::uint32_t cipher) {
  DhGroup group;
  group.bits = keys.dh_bits.value_or(0);
  if (keys.dh_prime.size() <= longest_prime && keys.dh_generator.size() <= longest_prime) {
    group.prime = keys.dh_prime;
    group.generator = keys.dh_generator;
  }
  group.version = version;
  group.cipher = cipher;
  auto row = std::ranges::find_if(facts.dh_groups, [&group](const DhGroup& other) {
    return other.bits == group.bits && other.prime == group.prime && other.generator == group.generator;
  });
  if (row == facts.dh_groups.end()) {
    if (facts.dh_groups.size() >= most_groups) return;
    row = facts.dh_groups.insert(row, std::move(group));
  }
  if (row->values.size() < most_values) row->values.push_back(codec::sha256_hex(keys.dh_public));
  if (codec::tls::is_trivial_dh_value(keys.dh_public, keys.dh_prime)) row->trivial_value = true;
}

}  // namespace certherald::scan
