#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "app/settings.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/x509/trust.hpp"
#include "model/check.hpp"
#include "model/run.hpp"
#include "net/awaitable.hpp"
#include "notification/decide.hpp"
#include "scan/scanner.hpp"
#include "store/store.hpp"

namespace certherald::app {

// Progress of a run, for a person who watches: told on the network thread.
struct RunProgress {
  std::string_view stage;  // "scan", "second look", "decide"
  std::size_t done = 0;
  std::size_t of = 0;
};

struct PipelineOptions {
  model::TaskKind task = model::TaskKind::expiry_notification;
  std::string started_by = "command line";
  notification::NewTickets new_tickets = notification::NewTickets::respect_max_new;
  std::function<void(const RunProgress&)> on_progress = [](const RunProgress&) {};
};

// The one place that names the stages in their order: scan, inventory, policy, notification, outbox.
// What an observation changes is one transaction, what is decided is another; no network call is inside.
class Pipeline final {
 public:
  // All of it outlives the pipeline. `store_pool` has one thread.
  Pipeline(store::Store& store, boost::asio::thread_pool& store_pool, scan::Scanner& scanner,
           const codec::x509::TrustStore& trust, const Clock& clock)
      : store_(store), store_pool_(store_pool), scanner_(scanner), trust_(trust), clock_(clock) {}

  // Scans, judges and decides; what is to be told is in the outbox when it returns. The run is recorded
  // whatever happens, but for a store that fails.
  net::Task<Result<model::Run>> run(PipelineOptions options);

 private:
  struct Work;  // of one run

  net::Task<Status> scan_endpoints(Work& work, std::vector<model::EndpointKey> endpoints, model::Tier tier,
                                   std::string_view stage);
  net::Task<Status> take_second_look(Work& work, model::Tier tier);
  net::Task<Status> refresh_what_is_due(Work& work);
  Status record(Work& work, const model::Observation& observation);
  Status decide(Work& work);
  Status put_into_outbox(Work& work, store::Session& session,
                         const std::vector<notification::Candidate>& candidates,
                         const std::vector<model::Notice>& notices, Instant now);
  Status begin(Work& work, std::vector<model::EndpointKey>& endpoints);

  store::Store& store_;
  boost::asio::thread_pool& store_pool_;
  scan::Scanner& scanner_;
  const codec::x509::TrustStore& trust_;
  const Clock& clock_;
};

}  // namespace certherald::app
