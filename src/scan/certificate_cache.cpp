#include "scan/certificate_cache.hpp"

#include "codec/digest.hpp"
#include "codec/x509/certificate.hpp"

namespace certherald::scan {

Result<model::Certificate> CertificateCache::read(ByteView der) {
  std::string fingerprint = codec::sha256_hex(der);
  if (const auto found = known_.find(fingerprint); found != known_.end()) return found->second;
  auto certificate = codec::x509::parse_certificate(der);
  if (!certificate) return certificate;
  if (known_.size() >= limit_) known_.clear();
  known_.emplace(std::move(fingerprint), *certificate);
  return certificate;
}

}  // namespace certherald::scan
