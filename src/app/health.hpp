#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "app/metrics.hpp"
#include "base/clock.hpp"
#include "net/awaitable.hpp"
#include "net/http_exchange.hpp"
#include "store/store.hpp"

namespace certherald::app {

// What the server knows of itself.
class Health final {
 public:
  using Steady = std::chrono::steady_clock;

  // The scheduler took its turn, or could not, with the reason.
  void turn_taken() { turn_ = Steady::now(), trouble_.clear(); }
  void turn_failed(std::string why) { trouble_ = std::move(why); }
  void stopping() { stopping_ = true; }

  // "" where it does its work, else why not. A single failure is no trouble yet.
  [[nodiscard]] std::string why_not_ready() const;

 private:
  std::optional<Steady::time_point> turn_;
  std::string trouble_;
  bool stopping_ = false;
};

// Answers GET /healthz (this process runs), /readyz (it does its work) and /metrics. All of it outlives the
// handler; `fill` adds to a snapshot what the store does not know.
class HealthEndpoint final {
 public:
  HealthEndpoint(const Health& health, const Metrics& metrics, store::Store& store,
                 boost::asio::thread_pool& store_pool, const Clock& clock,
                 std::function<void(MetricsSnapshot&)> fill)
      : health_(health),
        metrics_(metrics),
        store_(store),
        store_pool_(store_pool),
        clock_(clock),
        fill_(std::move(fill)) {}

  net::Task<net::HttpReply> answer(net::IncomingRequest request);

 private:
  net::Task<net::HttpReply> metrics();

  const Health& health_;
  const Metrics& metrics_;
  store::Store& store_;
  boost::asio::thread_pool& store_pool_;
  const Clock& clock_;
  std::function<void(MetricsSnapshot&)> fill_;
  // Counting a million rows takes a moment: not for every scrape.
  std::optional<Health::Steady::time_point> counted_;
  MetricsSnapshot snapshot_;
};

}  // namespace certherald::app
