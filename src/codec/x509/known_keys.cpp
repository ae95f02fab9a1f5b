#include "codec/x509/known_keys.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace certherald::codec::x509 {
namespace {

constexpr std::size_t debian_size = 10;  // bytes of a SHA-1 that openssl-blacklist keeps

template <class List>
bool add_hash(List& list, ByteView hash, std::size_t source) {
  auto& entry = list.emplace_back();
  std::ranges::copy(hash, entry.hash.begin());
  entry.source = static_cast<std::uint16_t>(source);
  return true;
}

Bytes debian_hash(ByteView modulus) {
  std::string text = "Modulus=";
  for (const char digit : to_hex(modulus)) {
    text += digit >= 'a' && digit <= 'f' ? static_cast<char>(digit - 'a' + 'A') : digit;
  }
  text += '\n';
  Bytes digest(20);
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr) != 1) return {};
  return {digest.end() - debian_size, digest.end()};
}

}  // namespace

Result<KnownKeys> KnownKeys::parse(std::string_view text) {
  KnownKeys out;
  std::size_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.front() == '#') continue;
    if (line.front() == '@') {
      if (out.sources_.size() < std::numeric_limits<std::uint16_t>::max()) {
        out.sources_.emplace_back(truncate(single_line(trim(line.substr(1))), 200));
      }
      continue;
    }
    const auto hash = from_hex(line);
    const std::size_t source = out.sources_.size() - 1;
    const bool whole = hash && hash->size() == 32 && add_hash(out.whole_, *hash, source);
    const bool debian = hash && hash->size() == debian_size && add_hash(out.debian_, *hash, source);
    if (!whole && !debian) {
      return fail(ErrorKind::invalid_input, "line {}: neither 64 nor 20 hex digits", number);
    }
  }
  std::ranges::stable_sort(out.whole_, {}, &Entry<32>::hash);
  std::ranges::stable_sort(out.debian_, {}, &Entry<10>::hash);
  return out;
}

template <std::size_t Size>
std::string KnownKeys::look_up(const std::vector<Entry<Size>>& list, ByteView hash) const {
  if (hash.size() != Size) return {};
  std::array<std::uint8_t, Size> wanted{};
  std::ranges::copy(hash, wanted.begin());
  const auto at = std::ranges::lower_bound(list, wanted, {}, &Entry<Size>::hash);
  return at == list.end() || at->hash != wanted ? "" : sources_[at->source];
}

std::string KnownKeys::find(const model::PublicKeyInfo& key, const KeyDetails& details) const {
  const Bytes whole = from_hex(key.spki_sha256).value_or(Bytes());
  if (std::string where = look_up(whole_, whole); !where.empty()) return where;
  if (debian_.empty() || details.modulus.empty()) return {};
  return look_up(debian_, debian_hash(details.modulus));
}

}  // namespace certherald::codec::x509
