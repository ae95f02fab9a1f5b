#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/revocation/crl.hpp"
#include "net/awaitable.hpp"
#include "net/resolver.hpp"
#include "scan/revocation.hpp"

namespace certherald::scan {

// How CRLs and OCSP responses may be fetched.
struct FetchRules {
  std::vector<std::string> allow;                         // networks (CIDR) beyond the public internet
  std::string proxy;                                      // http, https or socks5h URL; "" for none
  Millis timeout{15'000};                                 // of one fetch, redirects included
  std::size_t max_crl = codec::revocation::max_crl_size;  // bytes

  friend bool operator==(const FetchRules&, const FetchRules&) = default;
};

// Fetches over HTTP, behind net::EgressClient, since the URLs are those of strangers' certificates.
//
// A list is fetched once for all certificates of its issuer that name it, however many ask at the same time,
// and read and verified on a thread of its own. It is asked for again (If-None-Match, If-Modified-Since)
// after an hour, or when its next one is due; what failed, after five minutes. The same holds for the OCSP
// answer about each certificate. At most 4 lists and 16 responses are under way at once; lists that nobody
// uses go when all together are larger than 256 MiB. Bodies are read to their limit and no further: max_crl,
// and codec::revocation::max_ocsp_size. One executor; all calls have returned before it is destroyed.
class RevocationFetcher final : public RevocationSource {
 public:
  // `resolver` and `clock` outlive it. invalid_input where the rules name a network that is none.
  [[nodiscard]] static Result<std::unique_ptr<RevocationFetcher>> make(const net::Executor& executor,
                                                                       net::Resolver& resolver,
                                                                       const Clock& clock, FetchRules rules);
  RevocationFetcher(const RevocationFetcher&) = delete;
  RevocationFetcher& operator=(const RevocationFetcher&) = delete;
  ~RevocationFetcher() override;

  net::Task<codec::revocation::RevocationAnswer> crl(RevocationQuestion question,
                                                     net::Deadline deadline) override;
  net::Task<codec::revocation::RevocationAnswer> ocsp(RevocationQuestion question,
                                                      net::Deadline deadline) override;

 private:
  struct World;
  explicit RevocationFetcher(std::unique_ptr<World> world);
  std::unique_ptr<World> world_;
};

}  // namespace certherald::scan
