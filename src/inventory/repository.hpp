#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "inventory/reconcile.hpp"
#include "model/certificate.hpp"
#include "model/endpoint.hpp"
#include "model/observation.hpp"

namespace certherald::inventory {

// A certificate where it is served: the leaf that one address of one endpoint presented.
struct Deployment {
  std::string sha256;
  model::EndpointKey endpoint;
  std::string address;
  Instant first_seen{};
  Instant last_seen{};
  bool current = true;  // false once the address was seen with another certificate

  friend bool operator==(const Deployment&, const Deployment&) = default;
};

// A certificate that somebody must care for: it is served now, or was imported and is served nowhere.
struct CertificateInUse {
  model::Certificate certificate;
  std::vector<Deployment> deployments;  // current ones; empty for one that is only imported
};

// How far ahead the inventory is searched for what ends: not_after at or before `end`, or at most `percent`
// (0 to 100) of the validity left at `now`; 0 is no share.
struct Horizon {
  Instant now{};
  Instant end{};
  int percent = 0;

  friend bool operator==(const Horizon&, const Horizon&) = default;
};

// What certificates can have in common: the public key, or issuer and serial number.
enum class Alike : std::uint8_t { key, serial };

// A certificate with an RSA key, in a list that is read piece by piece.
struct RsaCertificate {
  std::int64_t row = 0;  // where the list goes on
  std::string spki_sha256;
  Bytes der;  // empty where it was not kept
};

// Port of the inventory stage. Every call is one statement or a few inside the caller's transaction;
// a storage failure is ErrorKind::storage.
class Repository {
 public:
  virtual ~Repository() = default;

  // Every endpoint, in the order of display names.
  [[nodiscard]] virtual Result<std::vector<model::Endpoint>> endpoints() = 0;

  // Endpoints that no scan has reached since `since`, never-scanned ones included.
  [[nodiscard]] virtual Result<std::vector<model::Endpoint>> not_seen_since(Instant since) = 0;

  // What is known of one address of an endpoint before an observation of it is applied.
  [[nodiscard]] virtual Result<KnownAddress> known_address(const model::EndpointKey& endpoint,
                                                           const std::string& address) = 0;

  // Stores what an observation changed: certificates, the deployment, the observation as the latest one
  // of its address and, where facts changed, as an entry of its history.
  [[nodiscard]] virtual Status apply(const model::Observation& observation, const Changes& changes) = 0;

  // Stores certificates that did not come from a scan; returns how many were new.
  [[nodiscard]] virtual Result<std::int64_t> import_certificates(
      std::span<const model::Certificate> certificates, Instant now) = 0;

  // Certificates in use whose not_after is within the horizon, ordered by it.
  [[nodiscard]] virtual Result<std::vector<CertificateInUse>> ending_within(const Horizon& horizon) = 0;

  // Certificates in use that are like another one in use.
  [[nodiscard]] virtual Result<std::vector<CertificateInUse>> in_use_alike(Alike what) = 0;

  // Certificates in use with one of these keys (model::PublicKeyInfo::spki_sha256).
  [[nodiscard]] virtual Result<std::vector<CertificateInUse>> in_use_with_keys(
      const std::vector<std::string>& spki_sha256) = 0;

  // The next certificates with an RSA key, in use or not, in the order of `row`: at most `limit` of those
  // beyond `after`, 0 for the first. Empty after the last.
  [[nodiscard]] virtual Result<std::vector<RsaCertificate>> rsa_certificates(std::int64_t after,
                                                                             std::size_t limit) = 0;

  // One certificate with its current deployments; nothing where the fingerprint is unknown.
  [[nodiscard]] virtual Result<std::optional<CertificateInUse>> certificate(const std::string& sha256) = 0;

  // The latest observation of every address of an endpoint (with chain and checks).
  [[nodiscard]] virtual Result<std::vector<model::Observation>> latest_observations(
      const model::EndpointKey& endpoint) = 0;
};

}  // namespace certherald::inventory
