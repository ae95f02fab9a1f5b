#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "app/discovery_plan.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "model/observation.hpp"
#include "model/run.hpp"
#include "net/awaitable.hpp"
#include "net/resolver.hpp"
#include "scan/scanner.hpp"
#include "store/store.hpp"

namespace certherald::app {

// What a discovery came across.
struct Discovered {
  enum class Kind : std::uint8_t { added, known };
  Kind kind = Kind::added;
  model::Endpoint endpoint;
  std::vector<model::Observation> observations;  // scanned, one for each address; never empty
};

struct DiscoveryProgress {
  std::int64_t done = 0;  // targets
  std::int64_t of = 0;
  std::int64_t found = 0;
};

// Called on the network thread.
struct DiscoveryListener {
  std::function<void(const DiscoveryProgress&)> on_progress = [](const DiscoveryProgress&) {};
  std::function<void(const Discovered&)> on_found = [](const Discovered&) {};
};

// What a discovery did, or would do.
struct DiscoveryReport {
  model::RunCounts counts;
  std::vector<std::string> words;      // of Discovery::exclude
  std::vector<std::int64_t> excluded;  // by word: the targets and addresses that it left out
};

// Carries discoveries: one quick connection (tier inventory) to each target, and what speaks TLS is in the
// inventory afterwards, with its certificate. An address that has an endpoint, under whatever name, is known;
// a target that was written as a name is an endpoint of its own. Of what is silent a count is left. Few
// targets are in memory, however many there are.
class Discoverer final {
 public:
  // All of it outlives the discoverer.
  Discoverer(store::Store& store, boost::asio::thread_pool& store_pool, scan::Scanner& scanner,
             net::Resolver& resolver)
      : store_(store), store_pool_(store_pool), scanner_(scanner), resolver_(resolver) {}

  // Carries a run until it ended: one that was taken over begins again, and finds what is there known. A
  // discovery that is not there any more, or whose targets cannot be read, ends it as failed. `conflict`: its
  // lease was lost; `cancelled`: it is as it was, for whoever takes it over. Other errors are the store's.
  net::Task<Result<model::Run>> carry(store::RunClaim claim, const DiscoveryListener& listener);

  // Looks, and changes nothing. `not_found` where there is no such discovery.
  net::Task<Result<DiscoveryReport>> rehearse(std::string name, const DiscoveryListener& listener);

 private:
  struct Search;  // of one call
  struct Places;

  net::Task<Result<DiscoveryReport>> search(Search& search);
  net::Task<void> look_at_each(Search& search);
  net::Task<std::vector<model::Observation>> look(Search& search, const model::EndpointKey& key);
  net::Task<Places> addresses(Search& search, const model::EndpointKey& key);
  net::Task<void> take_in(Search& search);
  Status take_in_one(Search& search, store::Session& session, Discovered& found);

  store::Store& store_;
  boost::asio::thread_pool& store_pool_;
  scan::Scanner& scanner_;
  net::Resolver& resolver_;
};

}  // namespace certherald::app
