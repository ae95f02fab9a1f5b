#include "scan/revocation.hpp"

#include <algorithm>
#include <utility>

#include "codec/revocation/ocsp.hpp"

namespace certherald::scan {

namespace rev = codec::revocation;

namespace {

constexpr std::size_t longest_path = 8;

// DER; empty where it was neither presented nor is it a trusted root.
Bytes find_issuer(const model::Certificate& certificate, const model::Observation& observation,
                  const codec::x509::TrustStore* trust) {
  for (const model::Certificate& other : observation.chain) {
    if (other.subject == certificate.issuer && other.sha256 != certificate.sha256 &&
        rev::issued_by(certificate.der, other.der)) {
      return other.der;
    }
  }
  return trust == nullptr ? Bytes() : trust->issuer_of(certificate.der);
}

const model::Certificate* find_presented(const model::Observation& observation, const Bytes& der) {
  const auto found = std::ranges::find(observation.chain, der, &model::Certificate::der);
  return found == observation.chain.end() ? nullptr : &*found;
}

bool counts(const std::optional<rev::RevocationAnswer>& answer) {
  return answer && answer->state != rev::RevocationState::unknown;
}

struct Link {
  CertificateRevocation status;
  RevocationQuestion question;
};

// The certificates to ask about, each with its issuer.
std::vector<Link> path_of(const model::Observation& observation, const codec::x509::TrustStore* trust) {
  std::vector<Link> path;
  const model::Certificate* at = observation.chain.empty() ? nullptr : &observation.chain.front();
  while (at != nullptr && !at->self_signed && path.size() < longest_path) {
    Link link;
    link.status.sha256 = at->sha256;
    link.status.subject = at->subject;
    link.status.sources = rev::revocation_sources(at->der);
    Bytes issuer = find_issuer(*at, observation, trust);
    link.status.issuer_known = !issuer.empty();
    at = find_presented(observation, issuer);
    link.question = {{}, std::move(issuer), link.status.sources};
    path.push_back(std::move(link));
  }
  return path;
}

}  // namespace

net::Task<RevocationFacts> look_up_revocation(RevocationSource* source, const model::Observation& observation,
                                              const Facts& facts, const codec::x509::TrustStore* trust,
                                              net::Deadline deadline) {
  RevocationFacts out;
  out.asked = source != nullptr;
  std::vector<Link> path = path_of(observation, trust);
  for (std::size_t i = 0; i < path.size(); ++i) {
    CertificateRevocation& status = path[i].status;
    const bool leaf = i == 0;
    const auto same = std::ranges::find(observation.chain, status.sha256, &model::Certificate::sha256);
    path[i].question.certificate = same->der;
    const RevocationQuestion& question = path[i].question;
    if (leaf && !facts.staple.empty()) {
      out.staple = status.issuer_known
                       ? rev::read_ocsp(facts.staple, question.certificate, question.issuer, observation.at)
                       : rev::cannot_tell("the issuer's certificate is not at hand");
    }
    if (source != nullptr && status.issuer_known) {
      if (!status.sources.crl.empty()) status.crl = co_await source->crl(question, deadline);
      if (leaf && !status.sources.ocsp.empty() && !counts(out.staple)) {
        status.ocsp = co_await source->ocsp(question, deadline);
      }
    }
    out.path.push_back(std::move(status));
  }
  co_return out;
}

}  // namespace certherald::scan
