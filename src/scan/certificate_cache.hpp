#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/trust.hpp"
#include "model/certificate.hpp"

namespace certherald::scan {

// Reads and verifies certificates, each once: most of a fleet's servers share their intermediates, many a
// whole chain, and decoding one costs more than fetching it. Each map is bounded, and emptied when it is
// full. Not thread-safe.
class CertificateCache final {
 public:
  // A verdict about a chain is good for this long. Time alone can change it, where an authority expires.
  static constexpr Seconds verdict_age{60};

  explicit CertificateCache(std::size_t limit = 1024) : limit_(limit) {}
  CertificateCache(const CertificateCache&) = delete;
  CertificateCache& operator=(const CertificateCache&) = delete;

  // As codec::x509::parse_certificate; failures are not kept.
  [[nodiscard]] Result<model::Certificate> read(ByteView der);

  // As codec::x509::certificate_details.
  [[nodiscard]] codec::x509::CertificateDetails details(const model::Certificate& certificate);

  // As TrustStore::verify. A store is known by its address: it outlives this, or its end
  // is announced by forget_verdicts.
  [[nodiscard]] codec::x509::TrustResult verify(const codec::x509::TrustStore& trust,
                                                std::span<const model::Certificate> chain, Instant now);

  // Before a trust store that verdicts were asked of ends: another may get its address.
  void forget_verdicts() { verdicts_.clear(); }

  [[nodiscard]] std::size_t size() const { return readings_.size(); }

 private:
  struct Verdict {
    codec::x509::TrustResult result;
    Instant at{};
  };

  [[nodiscard]] codec::x509::TrustResult judge(const codec::x509::TrustStore& trust,
                                               std::span<const model::Certificate> chain, Instant now) const;

  std::size_t limit_;
  std::unordered_map<std::string, codec::x509::CertificateReading> readings_;  // by SHA-256 of the DER
  std::unordered_map<std::string, Verdict> verdicts_;  // by store and fingerprints of the chain
};

}  // namespace certherald::scan
