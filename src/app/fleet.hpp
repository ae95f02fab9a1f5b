#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace certherald::app {

// The RSA keys of a store, each modulus once.
struct RsaKeys {
  std::vector<std::string> spki_sha256;
  std::vector<Bytes> moduli;  // big-endian, of the same order
};

// Of all certificates, in use or not. Errors are the store's.
[[nodiscard]] Result<RsaKeys> read_rsa_keys(store::Store& store);

// SHA-256 of the keys that share a prime with another. Takes long where there are many, see
// codec/x509/batch_gcd.hpp: not for the thread of the store.
[[nodiscard]] std::vector<std::string> broken_keys(const RsaKeys& keys);

// Brings the findings of the fleet checks up to what the inventory holds now, inside the caller's
// transaction.
[[nodiscard]] Status assess_fleet(store::Session& session, const std::vector<std::string>& broken,
                                  Instant now);

}  // namespace certherald::app
