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
  model::Evidence evidence;

};

// Same key, other names. `alike` are those of Repository::in_use_alike for Alike::key. Certificates with the
// same names, as around a renewal, are no fault.
[[nodiscard]] std::vector<FleetFault> shared_keys(std::span<const CertificateInUse> alike);

// Same issuer and serial number (RFC 5280 section 4.1.2.2). `alike` are those for Alike::serial.
[[nodiscard]] std::vector<FleetFault> duplicate_serials(std::span<const CertificateInUse> alike);

// Those whose RSA key shares a prime with another key of the inventory.
[[nodiscard]] std::vector<FleetFault> shared_primes(std::span<const CertificateInUse> broken);

}  // namespace certherald::inventory
