#pragma once

#include <array>
#include <cstdint>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/session.hpp"

namespace certherald::app {

// The RSA keys of an inventory, read piece by piece: what is held of each is its modulus and 100 bytes, and
// of the certificates one piece. Used by one thread at a time.
class RsaKeys final {
 public:
  // The next certificates that the store has; empty after the last. A read transaction of its own.
  [[nodiscard]] Result<std::vector<inventory::RsaCertificate>> next(store::Session& session) const;

  // Takes their keys in, each once. Decodes, and needs no store.
  void add(const std::vector<inventory::RsaCertificate>& certificates);

  // SHA-256 of the keys that share a prime with another one; takes what is held away. Takes long where there
  // are many, see codec/x509/batch_gcd.hpp: not for the thread of the store. Empty where it was stopped.
  [[nodiscard]] std::vector<std::string> take_broken(const std::stop_token& stop);

 private:
  using Print = std::array<std::uint8_t, 32>;
  struct Hash {
    std::size_t operator()(const Print& print) const;
  };
  struct Key {
    Bytes modulus;
    Print spki_sha256{};
  };
  std::int64_t after_ = 0;
  std::vector<Key> keys_;
  std::unordered_set<Print, Hash> seen_;
};

// Brings the findings of the fleet checks up to what the inventory holds now, inside the caller's
// transaction. `broken` is of RsaKeys::take_broken.
[[nodiscard]] Status assess_fleet(store::Session& session, const std::vector<std::string>& broken,
                                  Instant now);

}  // namespace certherald::app
