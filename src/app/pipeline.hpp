#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "net/awaitable.hpp"
#include "net/wakeup.hpp"
#include "store/store.hpp"

namespace certherald::app {

// Begins a run and puts up what it scans first, inside the caller's transaction. Errors as
// Session::begin_run.
[[nodiscard]] Result<store::RunClaim> open_run(store::Session& session, model::Run run,
                                               const std::string& worker, Instant now);

// Progress of a run, for a person who watches: told on the network thread.
struct RunProgress {
  model::RunStage stage = model::RunStage::scan;
  std::int64_t done = 0;  // endpoints
  std::int64_t of = 0;
};

// The one place that names the stages of a run in their order: scan, inventory, policy, notification, outbox.
// It does not scan itself: whoever runs a ScanWorker on the same store does, here or elsewhere. What it
// decides is in the outbox, and the run ended, in one transaction; no network call is inside.
class Pipeline final {
 public:
  // All of it outlives the pipeline. `scanned` wakes it when something was recorded; without it looks from
  // time to time. It wakes `put_up` when there is more to scan.
  Pipeline(store::Store& store, boost::asio::thread_pool& store_pool, net::Wakeup& scanned,
           net::Wakeup& put_up, const Clock& clock)
      : store_(store), store_pool_(store_pool), scanned_(scanned), put_up_(put_up), clock_(clock) {}

  // Carries a run from the stage it has come to until it ended. `conflict`: its lease was lost, and another
  // carries it. `cancelled`: it is as it was, for whoever takes it over. Other errors are the store's.
  net::Task<Result<model::Run>> carry(store::RunClaim claim,
                                      std::function<void(const RunProgress&)> on_progress);

 private:
  net::Task<Result<store::ScanProgress>> await_scans(
      const store::RunClaim& claim, const std::function<void(const RunProgress&)>& on_progress);
  net::Task<Status> next_stage(store::RunClaim& claim);
  net::Task<Result<std::vector<std::string>>> look_for_broken_keys();
  Status decide_and_end(store::RunClaim& claim, const std::vector<std::string>& broken);

  store::Store& store_;
  boost::asio::thread_pool& store_pool_;
  net::Wakeup& scanned_;
  net::Wakeup& put_up_;
  const Clock& clock_;
  boost::asio::thread_pool arithmetic_{1};  // what takes long and needs no store
};

}  // namespace certherald::app
