#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "model/certificate.hpp"

namespace certherald::scan {

// Reads certificates, each once: most of a fleet's chains share their intermediates, and reading one costs
// more than fetching it. Holds a bounded number; forgets all of them when it is full. Not thread-safe.
class CertificateCache final {
 public:
  explicit CertificateCache(std::size_t limit = 1024) : limit_(limit) {}
  CertificateCache(const CertificateCache&) = delete;
  CertificateCache& operator=(const CertificateCache&) = delete;

  // As codec::x509::parse_certificate; failures are not kept.
  [[nodiscard]] Result<model::Certificate> read(ByteView der);

  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  std::size_t limit_;
  std::unordered_map<std::string, model::Certificate> known_;  // by SHA-256 of the DER
};

}  // namespace certherald::scan
