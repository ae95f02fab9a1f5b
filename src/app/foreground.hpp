#pragma once

#include <functional>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "app/delivery_loop.hpp"
#include "app/discovery.hpp"
#include "app/pipeline.hpp"
#include "app/settings.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "model/run.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "store/store.hpp"

namespace certherald::app {

// A task that a person runs now and waits for.
struct ForegroundOptions {
  model::Run run;        // task, started_by and all; the rest is filled in
  net::Deadline until;   // for another run of the task to end, and for the deliveries
  std::string key_file;  // of stored secrets; "": none
  std::function<void(const RunProgress&)> on_progress = [](const RunProgress&) {};
  std::function<void(const DeliveryEvent&)> on_delivery = [](const DeliveryEvent&) {};
  std::function<void(const std::string&)> on_message = [](const std::string&) {};  // one line
};

struct ForegroundResult {
  Result<model::Run> run = fail(ErrorKind::internal, "the run did not end");
  Status delivered;
};

// Begins the run, scans beside whoever else scans it, decides, and carries deliveries until the outbox is
// empty. A run of the same task that is under way is waited for. All references outlive the call.
net::Task<ForegroundResult> run_in_foreground(store::Store& store, boost::asio::thread_pool& store_pool,
                                              const Settings& settings, const Clock& clock, Random& random,
                                              ForegroundOptions options);

// The same for a discovery, which decides nothing and has no deliveries: only `run`, `until` and `on_message`
// of the options count.
net::Task<Result<model::Run>> discover_in_foreground(store::Store& store,
                                                     boost::asio::thread_pool& store_pool,
                                                     const Settings& settings, const Clock& clock,
                                                     Random& random, const ForegroundOptions& options,
                                                     const DiscoveryListener& listener);

// What the discovery would do, without a change or a record of it.
net::Task<Result<DiscoveryReport>> rehearse_discovery(store::Store& store,
                                                      boost::asio::thread_pool& store_pool,
                                                      const Settings& settings, const Clock& clock,
                                                      Random& random, std::string name,
                                                      const DiscoveryListener& listener);

// The connections that are enabled, by name.
[[nodiscard]] Result<std::vector<model::Connection>> enabled_connections(store::Store& store);

}  // namespace certherald::app
