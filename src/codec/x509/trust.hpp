#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/x509/certificate.hpp"
#include "model/certificate.hpp"

namespace certherald::codec::x509 {

// Mozilla's roots as Debian's ca-certificates installs them; the source "system" means this file.
inline constexpr std::string_view system_roots_file = "/etc/ssl/certs/ca-certificates.crt";

struct TrustResult {
  bool trusted = false;
  std::string reason;             // one sentence: why, or why not; quotes hostile names
  std::vector<std::string> path;  // SHA-256 fingerprints, leaf first, as far as a path was found
  bool publicly = false;          // it ends in a root of Mozilla's, which browsers hold to their rules

  friend bool operator==(const TrustResult&, const TrustResult&) = default;
};

// The certificates that a chain may end in. Any certificate may be an anchor, self-signed or not (RFC
// 5280 section 6.1.1 d). Does not change once made; `verify` may be called from several threads.
class TrustStore final {
 public:
  // Each source is "system" or a file of certificates (PEM, DER, PKCS#7, PKCS#12 without a
  // passphrase). The error names the file and the reason.
  // `publicly` are the fingerprints of those that browsers ship; with "system" the ones of Mozilla.
  [[nodiscard]] static Result<TrustStore> load(const std::vector<std::string>& sources);
  [[nodiscard]] static Result<TrustStore> from(std::span<const model::Certificate> anchors,
                                               std::set<std::string> publicly = {});

  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  [[nodiscard]] std::size_t size() const;

  // Does a path lead from chain[0] to an anchor, for a TLS server (RFC 5280 section 6.1, purpose
  // serverAuth)? The rest of `chain` is a set: order, duplicates and what no path uses do not matter.
  //
  // Judged at `now`, or where the leaf is not valid then, at the end of its validity nearest to it: that the
  // leaf has expired is a problem of its own and no reason for mistrust. Hash and key strength, revocation
  // and the host name are not judged here.
  [[nodiscard]] TrustResult verify(std::span<const model::Certificate> chain, Instant now) const;

  // The same for certificates that were decoded before; `leaf` is what chain[0] says.
  [[nodiscard]] TrustResult verify(const model::Certificate& leaf, std::span<const Decoded> chain,
                                   Instant now) const;

  // The anchor that issued the certificate (both DER), its signature verified; empty where none did.
  [[nodiscard]] Bytes issuer_of(ByteView certificate) const;

 private:
  struct Impl;
  explicit TrustStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace certherald::codec::x509
