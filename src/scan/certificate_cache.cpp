#include "scan/certificate_cache.hpp"

#include <fmt/format.h>

#include "codec/digest.hpp"

namespace certherald::scan {
namespace {

// Makes room before an entry is added.
template <class Map>
void keep_below(Map& map, std::size_t limit) {
  if (map.size() >= limit) map.clear();
}

}  // namespace

Result<model::Certificate> CertificateCache::read(ByteView der) {
  std::string fingerprint = codec::sha256_hex(der);
  if (const auto found = readings_.find(fingerprint); found != readings_.end()) {
    return found->second.certificate;
  }
  auto reading = codec::x509::read_certificate(der);
  if (!reading) return fail(reading.error());
  keep_below(readings_, limit_);
  return readings_.emplace(std::move(fingerprint), std::move(*reading)).first->second.certificate;
}

codec::x509::CertificateDetails CertificateCache::details(const model::Certificate& certificate) {
  const auto found = readings_.find(certificate.sha256);
  if (found != readings_.end()) return found->second.details;
  return codec::x509::certificate_details(certificate.der);
}

codec::x509::TrustResult CertificateCache::judge(const codec::x509::TrustStore& trust,
                                                 std::span<const model::Certificate> chain,
                                                 Instant now) const {
  if (chain.empty()) return trust.verify(chain, now);
  std::vector<codec::x509::Decoded> decoded;
  for (const model::Certificate& certificate : chain) {
    const auto found = readings_.find(certificate.sha256);
    if (found == readings_.end()) return trust.verify(chain, now);
    decoded.push_back(found->second.decoded);
  }
  return trust.verify(chain.front(), decoded, now);
}

codec::x509::TrustResult CertificateCache::verify(const codec::x509::TrustStore& trust,
                                                  std::span<const model::Certificate> chain, Instant now) {
  std::string key = fmt::format("{}", static_cast<const void*>(&trust));
  for (const model::Certificate& certificate : chain) key += certificate.sha256;
  const auto found = verdicts_.find(key);
  if (found != verdicts_.end()) {
    const Seconds age = now - found->second.at;
    if (age >= Seconds(0) && age <= verdict_age) return found->second.result;
    verdicts_.erase(found);
  }
  keep_below(verdicts_, limit_);
  return verdicts_.emplace(std::move(key), Verdict{judge(trust, chain, now), now}).first->second.result;
}

}  // namespace certherald::scan
