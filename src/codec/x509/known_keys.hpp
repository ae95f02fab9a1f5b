#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/x509/certificate.hpp"
#include "model/certificate.hpp"

namespace certherald::codec::x509 {

// Keys whose private half is public, told by their hashes. Millions are fine: 34 bytes each at most.
class KnownKeys final {
 public:
  // A text of lines:
  //   # ...          a comment
  //   @ where        where the keys that follow are published
  //   64 hex digits  SHA-256 of a SubjectPublicKeyInfo
  //   20 hex digits  the end of the SHA-1 of "Modulus=<upper hex>\n", as Debian's openssl-blacklist has it
  //                  (CVE-2008-0166)
  // Any other line is `invalid_input` with its number.
  [[nodiscard]] static Result<KnownKeys> parse(std::string_view text);

  // Where the key is published: "" for one that is not in the list, "a list of known keys" without an @ line.
  [[nodiscard]] std::string find(const model::PublicKeyInfo& key, const KeyDetails& details) const;

  [[nodiscard]] std::size_t size() const { return whole_.size() + debian_.size(); }

 private:
  template <std::size_t Size>
  struct Entry {
    std::array<std::uint8_t, Size> hash{};
    std::uint16_t source = 0;
  };
  template <std::size_t Size>
  [[nodiscard]] std::string look_up(const std::vector<Entry<Size>>& list, ByteView hash) const;

  std::vector<std::string> sources_ = {"a list of known keys"};
  std::vector<Entry<32>> whole_;   // sorted by hash
  std::vector<Entry<10>> debian_;  // sorted by hash
};

}  // namespace certherald::codec::x509
