#pragma once

#include <span>
#include <string>
#include <vector>

#include "inventory/repository.hpp"
#include "model/verdict.hpp"

namespace certherald::inventory {

// What one certificate in use has in common with others, though it must not.
struct FleetFault {
  std::string check;  // of model/fleet.hpp
  CertificateInUse certificate;
  std::string reason;
  model::Evidence evidence;  // of the others the first twenty
};

// Same key, other names. `alike` are those of Repository::in_use_alike for Alike::key. Two are no fault where
// one has all names of the other or both are served at one endpoint, as around a renewal.
[[nodiscard]] std::vector<FleetFault> shared_keys(std::span<const CertificateInUse> alike);

// Same issuer and serial number (RFC 5280 section 4.1.2.2). `alike` are those for Alike::serial. What signed
// itself is its own issuer, which another key with the same name is not.
[[nodiscard]] std::vector<FleetFault> duplicate_serials(std::span<const CertificateInUse> alike);

// Those whose RSA key shares a prime with another key of the inventory.
[[nodiscard]] std::vector<FleetFault> shared_primes(std::span<const CertificateInUse> broken);

}  // namespace certherald::inventory
