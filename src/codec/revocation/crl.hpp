#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "codec/revocation/answer.hpp"

namespace certherald::codec::revocation {

inline constexpr std::size_t max_crl_size = std::size_t{64} << 20U;  // bytes

// What a CRL covers (issuingDistributionPoint, RFC 5280 section 5.2.5).
struct CrlScope {
  std::vector<std::string> urls;  // that it says it is found at
  bool users_only = false;
  bool authorities_only = false;
  bool attributes_only = false;  // attribute certificates: none that a TLS server has
  bool some_reasons = false;
  bool indirect = false;  // holds entries of other issuers too

  friend bool operator==(const CrlScope&, const CrlScope&) = default;
};

// A certificate revocation list (RFC 5280 section 5) that was read, but whose signature nobody verified yet.
// The entries stay the bytes they came in: a list of a million costs its own size and no more. Copies share
// the bytes.
class Crl {
 public:
  // DER, or PEM. Refused: `too_large` beyond max_crl_size, `invalid_input` for what is no CRL to the last
  // byte, each entry included. Takes time in proportion to the size.
  [[nodiscard]] static Result<Crl> parse(std::string bytes);

  [[nodiscard]] Instant this_update() const { return this_update_; }
  [[nodiscard]] std::optional<Instant> next_update() const { return next_update_; }
  [[nodiscard]] const CrlScope& scope() const { return scope_; }
  [[nodiscard]] bool is_delta() const { return delta_; }       // RFC 5280 section 5.2.4
  [[nodiscard]] bool has_unknown() const { return unknown_; }  // a critical extension we do not know
  [[nodiscard]] std::size_t entries() const { return entries_; }
  [[nodiscard]] std::size_t size() const { return bytes_->size(); }

  // Nothing where `issuer`, a certificate in DER, made it: the names are equal, it may sign CRLs (keyUsage)
  // and its key verifies the signature. Else why not.
  [[nodiscard]] Status verify(ByteView issuer) const;

  struct Entry {
    ByteView revocation_date;  // Time, with its tag
    ByteView extensions;       // SEQUENCE OF Extension without its tag; empty for none
  };
  // By serial as an INTEGER's content; leading zero bytes do not count. The first of several.
  [[nodiscard]] std::optional<Entry> find(ByteView serial) const;

 private:
  Crl() = default;
  [[nodiscard]] bool read(ByteView whole);
  [[nodiscard]] bool read_signed_part();
  [[nodiscard]] bool read_entries();
  [[nodiscard]] bool read_extensions(ByteView list);
  [[nodiscard]] bool read_extension(std::string_view oid, ByteView value, bool critical);

  std::shared_ptr<const std::string> bytes_;
  ByteView signed_part_;  // tbsCertList with its tag
  ByteView algorithm_;    // the outer one, with its tag
  ByteView inner_algorithm_;
  ByteView signature_;  // bits
  ByteView issuer_;     // Name with its tag
  ByteView revoked_;    // content of revokedCertificates
  Instant this_update_{};
  std::optional<Instant> next_update_;
  CrlScope scope_;
  bool delta_ = false;
  bool unknown_ = false;
  std::size_t entries_ = 0;
};

// What a list that was verified says of a certificate of its issuer (both DER) at `now`. Unknown where it is
// out of time, a delta, indirect, or does not cover the certificate: another shard of a split list above all,
// which whoever stands in between could hand out instead.
[[nodiscard]] RevocationAnswer look_up(const Crl& crl, ByteView certificate, Instant now);

}  // namespace certherald::codec::revocation
