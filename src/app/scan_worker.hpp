#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "app/scan_service.hpp"
#include "app/settings.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/x509/trust.hpp"
#include "model/ids.hpp"
#include "model/observation.hpp"
#include "net/awaitable.hpp"
#include "net/wakeup.hpp"
#include "scan/scanner.hpp"
#include "store/store.hpp"

namespace certherald::app {

struct ScanWorkerOptions {
  std::string worker;              // make_worker_name; its leases are kept by keep_leases
  std::size_t side_by_side = 512;  // most endpoints under way at once
  Millis quiet = scan::ScanOptions{}.quiet;
  // Called on the network thread for each observation, before it is stored.
  std::function<void(const model::Observation&)> on_observed = [](const model::Observation&) {};
};

// Scans what runs put up to be scanned, whichever process started them: claims endpoints, looks, looks a
// second time where something shows and a few times more where something is gone, and records. What it
// records of many endpoints is one transaction; what another process took over meanwhile is dropped.
class ScanWorker final {
 public:
  // All of it outlives the worker. `progress` is woken after each transaction.
  ScanWorker(store::Store& store, boost::asio::thread_pool& store_pool, scan::Scanner& scanner,
             net::Wakeup& progress, ScanWorkerOptions options);

  // Until nothing is left that it could claim, of this run or (not stored) of any. What is under way when it
  // is cancelled is given back. An error is the store's, or of the files that `trust` and `lists` of [scan]
  // name.
  net::Task<Status> work_off(model::RunId run);

 private:
  struct Shift;  // of one call

  struct Seen {
    store::ScanWork work;
    std::vector<model::Observation> observations;
  };

  net::Task<Status> prepare(Shift& shift);
  [[nodiscard]] Status prepare_fetcher(Shift& shift);
  net::Task<void> look_at_each(Shift& shift);
  net::Task<bool> refill(Shift& shift);
  net::Task<Seen> look(Shift& shift, store::ScanWork work);
  net::Task<void> look_for_what_is_gone(const store::ScanWork& work, ScanJob job,
                                        model::Observation& observation);
  net::Task<void> record_as_they_come(Shift& shift);
  net::Task<void> record(Shift& shift);

  store::Store& store_;
  boost::asio::thread_pool& store_pool_;
  scan::Scanner& scanner_;
  net::Wakeup& progress_;
  ScanWorkerOptions options_;
  std::vector<std::string> trust_sources_;
  std::shared_ptr<const codec::x509::TrustStore> trust_;
  std::string lists_folder_;
  std::shared_ptr<const scan::ReferenceLists> lists_;
  scan::FetchRules fetch_rules_;
  std::shared_ptr<scan::RevocationFetcher> fetcher_;  // keeps what it fetched; nullptr where switched off
};

}  // namespace certherald::app
