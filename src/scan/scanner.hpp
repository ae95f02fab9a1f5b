#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/check.hpp"
#include "model/endpoint.hpp"
#include "model/observation.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/resolver.hpp"
#include "scan/certificate_cache.hpp"
#include "scan/facts.hpp"
#include "scan/revocation_fetcher.hpp"

namespace certherald::scan {

struct ScanOptions {
  model::Tier tier = model::Tier::full;
  bool alternates = false;        // tier `inventory` too asks for the other certificates of an address
  Millis connect_timeout{5'000};  // of one TCP connection
  Millis step_timeout{10'000};    // from a hello to the end of its answer; as much for a STARTTLS dialog
  Millis address_timeout{
      60'000};        // of one address, from its first connection on; what is open then stays unknown
  Millis quiet{500};  // as long a pause after a probe is an answer too; four round trips are
  std::size_t host_connections = 4;  // at once to one address, whatever the port
  double host_rate = 50;             // new connections a second to one address; 0: no limit
};

struct ScanLimits {
  std::size_t connections = 256;  // at once, of all scans together
  std::size_t addresses = 64;     // of one name; the rest is passed over
};

// What was seen at one address: an observation whose checks are still empty, and the facts to judge.
struct Scanned {
  model::Observation observation;
  Facts facts;
};

// Scans endpoints: the plans are pure (scan/address_scan.hpp), here is the I/O. Every wait has an end, memory
// a bound, and every connection ends with RST. One executor, no locks; all scans end before the Scanner does.
class Scanner final {
 public:
  // All of it outlives the Scanner.
  Scanner(const net::Executor& executor, net::Resolver& resolver, const Clock& clock, Random& random,
          ScanLimits limits);
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;
  ~Scanner();

  // One entry for each A and AAAA address, or for the endpoint's fixed address. A name that does not resolve
  // gives one with address "" and status unreachable. Never empty. What was not done by the deadline, or
  // before the caller was cancelled, is told as such in `error`, or stays unknown in the facts.
  [[nodiscard]] net::Task<std::vector<Scanned>> scan(model::EndpointKey endpoint, ScanOptions options,
                                                     net::Deadline deadline);

  // What was read of the certificates seen lately, for judging them. Used on the executor only.
  [[nodiscard]] CertificateCache& certificates();

  // Looks up revocation with the Scanner's executor, resolver and clock, which outlive it.
  [[nodiscard]] Result<std::unique_ptr<RevocationFetcher>> make_fetcher(FetchRules rules);

 private:
  struct World;
  std::unique_ptr<World> world_;
};

}  // namespace certherald::scan
