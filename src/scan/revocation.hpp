#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "codec/revocation/answer.hpp"
#include "codec/revocation/sources.hpp"
#include "codec/x509/trust.hpp"
#include "model/observation.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "scan/facts.hpp"

namespace certherald::scan {

// One certificate whose status is asked for, and whoever issued it: both DER.
struct RevocationQuestion {
  Bytes certificate;
  Bytes issuer;
  codec::revocation::RevocationSources sources;  // that the certificate names
};

// Port: looks a status up. An answer is always given; what went wrong is its `detail`.
class RevocationSource {
 public:
  virtual ~RevocationSource() = default;
  // In the CRLs that the certificate names, one after the other until one counts. Asked only where it names
  // one.
  virtual net::Task<codec::revocation::RevocationAnswer> crl(RevocationQuestion question,
                                                             net::Deadline deadline) = 0;
  // The same of its OCSP responders.
  virtual net::Task<codec::revocation::RevocationAnswer> ocsp(RevocationQuestion question,
                                                              net::Deadline deadline) = 0;
};

// What was learnt about the revocation of one certificate of a chain.
struct CertificateRevocation {
  std::string sha256;
  std::string subject;
  codec::revocation::RevocationSources sources;
  bool issuer_known = false;  // without its issuer no answer can be verified, and none is asked for
  std::optional<codec::revocation::RevocationAnswer> crl{};   // nothing where it was not asked
  std::optional<codec::revocation::RevocationAnswer> ocsp{};  // the same

  friend bool operator==(const CertificateRevocation&, const CertificateRevocation&) = default;
};

struct RevocationFacts {
  bool asked = false;  // lookups were switched on; the staple is read without them
  std::optional<codec::revocation::RevocationAnswer> staple{};
  // The leaf first, then its issuers up to the one below the root; self-signed certificates have no place.
  std::vector<CertificateRevocation> path{};

  friend bool operator==(const RevocationFacts&, const RevocationFacts&) = default;
};

// Asks about the leaf (staple, CRL, and where the staple does not count OCSP) and about its issuers (CRL
// alone). Issuers are looked for in the chain, then in `trust`. `source` may be nullptr: then nothing but the
// staple is read. All but `deadline` outlives the call.
[[nodiscard]] net::Task<RevocationFacts> look_up_revocation(RevocationSource* source,
                                                            const model::Observation& observation,
                                                            const Facts& facts,
                                                            const codec::x509::TrustStore* trust,
                                                            net::Deadline deadline);

}  // namespace certherald::scan
