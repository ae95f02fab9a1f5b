#include "app/server.hpp"

#include <signal.h>

#include <memory>
#include <set>
#include <stop_token>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "app/config/listen.hpp"
#include "app/foreground.hpp"
#include "app/health.hpp"
#include "app/notify.hpp"
#include "app/pipeline.hpp"
#include "app/retention.hpp"
#include "app/scan_worker.hpp"
#include "app/scheduler.hpp"
#include "app/stored_secrets.hpp"
#include "app/worker.hpp"
#include "net/blocking.hpp"
#include "net/http_server.hpp"
#include "net/resolver.hpp"
#include "net/scope.hpp"
#include "net/wakeup.hpp"

namespace certherald::app {
namespace {

namespace asio = boost::asio;

constexpr Millis turn_every{1'000};
constexpr Millis connections_every{5'000};
constexpr Millis house_every{3'600'000};
constexpr Millis after_failure{5'000};
constexpr Millis after_failed_run{30'000};
constexpr Millis grace{45'000};  // for requests to ticketing systems that are under way

// The same trouble is told once, and again when it still lasts after a while.
class Trouble final {
 public:
  Trouble(Log& log, std::string_view message) : log_(log), message_(message) {}
  void tell(const std::string& why) {
    const auto now = std::chrono::steady_clock::now();
    if (why == told_ && now - at_ < std::chrono::minutes(5)) return;
    log_.error(message_, {{"error", why}});
    told_ = why;
    at_ = now;
  }
  void over() {
    if (!told_.empty()) log_.info("it works again", {{"after", std::string(message_)}});
    told_.clear();
  }

 private:
  Log& log_;
  std::string_view message_;
  std::string told_;
  std::chrono::steady_clock::time_point at_;
};

class Server final {
 public:
  Server(store::Store& store, store::Store& delivery_store, const Settings& settings, const Clock& clock,
         Random& random, Log& log, const ServerOptions& options)
      : store_(store),
        delivery_store_(delivery_store),
        clock_(clock),
        random_(random),
        log_(log),
        options_(options),
        worker_(make_worker_name(random)),
        scanner_(io_.get_executor(), resolver_, clock, random,
                 {.connections = static_cast<std::size_t>(settings.scan.connections)}),
        scan_worker_(store, store_pool_, scanner_, scanned_, scan_options()),
        pipeline_(store, store_pool_, scanned_, put_up_, clock),
        discoverer_(store, store_pool_, scanner_, resolver_),
        scheduler_(store, clock, worker_),
        stored_(delivery_store, delivery_pool_, options.key_file),
        secrets_(stored_),
        http_(io_.get_executor()),
        metrics_(options.version),
        health_endpoint_(health_, metrics_, store, store_pool_, clock,
                         [this](MetricsSnapshot& snapshot) { fill(snapshot); }),
        listener_(
            io_.get_executor(), clock, listener_options(),
            [this](net::IncomingRequest request) { return health_endpoint_.answer(std::move(request)); }),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        work_(io_.get_executor()),
        deliveries_(io_.get_executor()),
        always_(io_.get_executor()) {}

  Status run() {
    if (Status listening = listen(); !listening) return listening;
    std::exception_ptr failure;
    std::jthread news([this](const std::stop_token& stop) { listen_for_news(stop); });
    asio::co_spawn(io_, serve(), [&failure](std::exception_ptr left) { failure = std::move(left); });
    io_.run();
    news.request_stop();
    news.join();
    store_pool_.join();
    delivery_pool_.join();
    if (failure) std::rethrow_exception(failure);
    return {};
  }

 private:
  ScanWorkerOptions scan_options() {
    ScanWorkerOptions options;
    options.worker = worker_;
    options.on_observed = [this](const model::Observation& observation) {
      metrics_.scanned(observation.status, observation.duration);
    };
    return options;
  }

  net::HttpServerOptions listener_options() {
    net::HttpServerOptions options;
    options.on_failure = [this](const std::string& why) { log_.warning("http", {{"error", why}}); };
    // A web page whose name is bound to our loopback address must not read us.
    const auto at = parse_listen(options_.metrics_listen);
    if (at && (at->address.starts_with("127.") || at->address == "::1")) {
      options.allowed_hosts = {at->address, "localhost", "127.0.0.1", "::1"};
    }
    return options;
  }

  Status listen() {
    if (options_.metrics_listen.empty()) return {};
    const auto at = parse_listen(options_.metrics_listen);
    if (!at) return fail(at.error());
    const auto port = listener_.listen(at->address, at->port);
    if (!port) return fail(port.error());
    options_.on_listening(to_string(ListenAddress{at->address, *port}));
    return {};
  }

  // On a thread of its own: deliveries that another process put into the outbox need not wait for the next
  // look.
  void listen_for_news(const std::stop_token& stop) {
    constexpr Millis patience{500};
    while (!stop.stop_requested()) {
      const auto news = delivery_store_.wait_for_news(patience);
      if (!news) std::this_thread::sleep_for(patience);
      if (!news || !*news) continue;
      asio::post(io_, [this] {
        if (loop_ != nullptr) loop_->wake();
      });
    }
  }

  net::Task<void> serve() {
    log_.info("started", {{"version", options_.version}, {"store", store_.path()}, {"worker", worker_}});
    if (!options_.metrics_listen.empty()) always_.spawn(listener_.run());
    always_.spawn(sign_of_life());
    always_.spawn(keep_leases(store_, store_pool_, worker_,
                              [this](const Error& error) { store_failed("leases", error); }));
    deliveries_.spawn(deliver());
    work_.spawn(schedule());
    work_.spawn(scan());
    work_.spawn(keep_house());
    notify_ready();
    co_await heed_signals();
    co_await stop();
  }

  // Until it is to stop.
  net::Task<void> heed_signals() {
    for (;;) {
      const auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error || number != SIGHUP) co_return;
      co_await reload();
    }
  }

  net::Task<void> reload() {
    notify_reloading();
    const Status reloaded = co_await net::on_pool(store_pool_, options_.reload);
    if (reloaded) {
      log_.info("reloaded");
    } else {
      log_.error("not reloaded: it goes on as it was", {{"error", describe(reloaded.error())}});
    }
    changed_.wake_all();
    notify_ready();
  }

  net::Task<void> stop() {
    notify_stopping();
    log_.info("stopping");
    stopping_ = true;
    health_.stopping();
    always_.spawn(stop_at_once_on_second_signal());
    work_.cancel();
    changed_.wake_all();
    if (loop_ != nullptr) loop_->stop();
    co_await work_.join();
    const net::Deadline until = net::Deadline::after(grace);
    while (deliveries_.running() > 0 && !until.expired() && !hurry_) co_await net::pause(Millis(20));
    deliveries_.cancel();
    co_await deliveries_.join();
    const auto give_back = [this] {
      return store_.write([&](store::Session& session) { return session.end_leases(worker_); });
    };
    const Status given_back = co_await net::on_pool(store_pool_, give_back);
    if (!given_back) log_.warning("leases are not given back", {{"error", describe(given_back.error())}});
    listener_.stop();
    always_.cancel();
    co_await always_.join();
    log_.info("stopped");
  }

  net::Task<void> stop_at_once_on_second_signal() {
    for (;;) {
      const auto [error, number] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      if (number != SIGHUP) hurry_ = true;
    }
  }

  net::Task<void> sign_of_life() {
    const auto interval = watchdog_interval();
    if (!interval) co_return;
    while (co_await net::pause(*interval / 3)) notify_alive();
  }

  // Takes what is due and carries it beside everything else.
  net::Task<void> schedule() {
    Trouble trouble(log_, "the scheduler cannot work");
    do {
      const auto take = [this] { return scheduler_.take_due(); };
      auto turn = co_await net::on_pool(store_pool_, take);
      if (!turn) {
        health_.turn_failed(describe(turn.error()));
        metrics_.store_failed();
        trouble.tell(describe(turn.error()));
        continue;
      }
      health_.turn_taken();
      trouble.over();
      upcoming_ = scheduler_.upcoming();
      for (const std::string& line : turn->troubles) tell_once(line);
      for (Scheduler::Taken& taken : turn->taken) work_.spawn(carry(std::move(taken)));
    } while (co_await net::pause(turn_every));
  }

  void tell_once(const std::string& line) {
    if (told_.insert(line).second) log_.warning(line);
  }

  net::Task<void> carry(Scheduler::Taken taken) {
    const model::Run run = taken.claim.run;
    log_.info(run.attempts > 1 ? "run taken over" : "run begins", {{"run", run.id.value},
                                                                   {"task", to_string(run.task)},
                                                                   {"schedule", run.name},
                                                                   {"missed", taken.missed},
                                                                   {"endpoints", run.counts.endpoints}});
    const bool discovery = run.task == model::TaskKind::discovery;
    const auto ended = co_await carried(taken.claim);
    if (ended) {
      metrics_.run_ended(*ended);
      log_.info("run ended", {{"run", run.id.value},
                              {"outcome", to_string(ended->outcome)},
                              {"scanned", ended->counts.scanned},
                              {"unreachable", ended->counts.unreachable},
                              {"findings", ended->counts.findings},
                              {"notices", ended->counts.notices},
                              {"held", ended->counts.held}});
      if (discovery) tell_discovery(*ended);
      if (loop_ != nullptr) loop_->wake();
      co_return;
    }
    co_await lay_down(taken.claim, ended.error());
  }

  net::Task<Result<model::Run>> carried(store::RunClaim claim) {
    if (claim.run.task == model::TaskKind::discovery) {
      const DiscoveryListener nobody;
      co_return co_await discoverer_.carry(std::move(claim), nobody);
    }
    co_return co_await pipeline_.carry(std::move(claim), [](const RunProgress&) {});
  }

  void tell_discovery(const model::Run& run) {
    if (run.outcome == model::RunOutcome::failed) {
      log_.error("discovery failed",
                 {{"run", run.id.value}, {"discovery", run.discovery}, {"error", run.message}});
      return;
    }
    log_.info("discovery ended", {{"run", run.id.value},
                                  {"discovery", run.discovery},
                                  {"found", run.counts.found},
                                  {"added", run.counts.added},
                                  {"known", run.counts.known},
                                  {"excluded", run.counts.excluded},
                                  {"silent", run.counts.silent}});
  }

  // A run that does not go on here is for whoever takes it over.
  net::Task<void> lay_down(store::RunClaim claim, const Error& error) {
    if (error.kind == ErrorKind::conflict) {
      log_.warning("run lost to another process", {{"run", claim.run.id.value}});
      co_return;
    }
    if (error.kind != ErrorKind::cancelled) {
      log_.error("run failed, and is tried again", {{"run", claim.run.id.value}, {"error", describe(error)}});
      co_await net::pause(after_failed_run);
    }
    const auto release = [this, &claim] {
      return store_.write([&](store::Session& session) { return session.release_run(claim); });
    };
    // Where this fails too, its lease ends with the process.
    const Status released = co_await net::on_pool(store_pool_, release);
    if (!released) log_.warning("run not released", {{"error", describe(released.error())}});
  }

  // Scans for every run, whichever process carries it.
  net::Task<void> scan() {
    Trouble trouble(log_, "scans cannot go on");
    for (;;) {
      const Status worked = co_await scan_worker_.work_off({});
      if (co_await net::is_cancelled()) co_return;
      if (worked) {
        trouble.over();
        co_await put_up_.wait(turn_every);
        continue;
      }
      trouble.tell(describe(worked.error()));
      co_await put_up_.wait(after_failure);
    }
  }

  // A loop for the connections as they are; another when they have changed.
  net::Task<void> deliver() {
    Trouble trouble(log_, "deliveries cannot go on");
    while (!stopping_) {
      const auto load = [this] { return enabled_connections(delivery_store_); };
      auto connections = co_await net::on_pool(delivery_pool_, load);
      if (!connections) {
        trouble.tell(describe(connections.error()));
        co_await changed_.wait(after_failure);
        continue;
      }
      trouble.over();
      DeliveryLoopOptions options;
      options.worker = worker_;
      options.on_event = [this](const DeliveryEvent& event) { delivered(event); };
      DeliveryLoop loop(delivery_store_.outbox(), *connections, http_, secrets_, delivery_pool_, clock_,
                        random_, std::move(options));
      loop_ = &loop;
      net::Scope serving(io_.get_executor());
      serving.spawn(loop.serve());
      while (!stopping_ && co_await changed_.wait(connections_every)) {
        const auto now = co_await net::on_pool(delivery_pool_, load);
        if (now && *now != *connections) break;
      }
      loop_ = nullptr;
      loop.stop();
      co_await serving.join();
      if (co_await net::is_cancelled()) co_return;
    }
  }

  void delivered(const DeliveryEvent& event) {
    using Kind = DeliveryEvent::Kind;
    metrics_.delivered(event);
    const model::Delivery& delivery = event.delivery;
    switch (event.kind) {
      case Kind::sent:
      case Kind::adopted:
        log_.info("delivered", {{"connection", event.connection},
                                {"delivery", delivery.id.value},
                                {"kind", to_string(delivery.kind)},
                                {"subject", delivery.draft.subject}});
        return;
      case Kind::parked:
        log_.error(
            "delivery parked: a person must look",
            {{"connection", event.connection}, {"delivery", delivery.id.value}, {"error", event.message}});
        return;
      case Kind::delayed:
        log_.debug(
            "delivery waits",
            {{"connection", event.connection}, {"delivery", delivery.id.value}, {"error", event.message}});
        return;
      case Kind::held:
        log_.error("deliveries held", {{"connection", event.connection}, {"error", event.message}});
        return;
      case Kind::released:
        log_.info("deliveries released", {{"connection", event.connection}, {"found", event.message}});
        return;
      case Kind::circuit_opened:
        log_.error("connection paused", {{"connection", event.connection}, {"error", event.message}});
        return;
      case Kind::store_failed:
        metrics_.store_failed();
        log_.error("deliveries wait for the store",
                   {{"connection", event.connection}, {"error", event.message}});
        return;
    }
  }

  net::Task<void> keep_house() {
    do {
      const auto clean = [this]() -> Result<RetentionCounts> {
        const auto settings = store_.read([](store::Session& session) { return load_settings(session); });
        if (!settings) return fail(settings.error());
        return apply_retention(store_, settings->retention, clock_.now());
      };
      const auto removed = co_await net::on_pool(store_pool_, clean);
      if (!removed) store_failed("retention", removed.error());
      if (removed && *removed != RetentionCounts{}) {
        log_.info("old rows removed", {{"observations", removed->observations},
                                       {"deliveries", removed->deliveries},
                                       {"runs", removed->runs}});
      }
    } while (co_await net::pause(house_every));
  }

  void store_failed(std::string_view what, const Error& error) {
    metrics_.store_failed();
    log_.error("the store failed", {{"while", what}, {"error", describe(error)}});
  }

  void fill(MetricsSnapshot& snapshot) {
    snapshot.schedules = upcoming_;
    if (loop_ == nullptr) return;
    for (const std::string& name : loop_->open_circuits()) {
      const auto at = std::ranges::find(snapshot.connections, name, &MetricsSnapshot::Connection::name);
      if (at != snapshot.connections.end()) at->circuit_open = true;
    }
  }

  store::Store& store_;
  store::Store& delivery_store_;
  const Clock& clock_;
  Random& random_;
  Log& log_;
  const ServerOptions& options_;
  std::string worker_;

  asio::io_context io_{1};
  asio::thread_pool store_pool_{1};
  asio::thread_pool delivery_pool_{1};
  net::Wakeup scanned_;
  net::Wakeup put_up_;
  net::Wakeup changed_;  // the configuration, or that it is to stop
  net::CaresResolver resolver_;
  scan::Scanner scanner_;
  ScanWorker scan_worker_;
  Pipeline pipeline_;
  Discoverer discoverer_;
  Scheduler scheduler_;
  SealedSecrets stored_;
  connector::SystemSecrets secrets_;
  net::CurlHttpClient http_;
  Metrics metrics_;
  Health health_;
  HealthEndpoint health_endpoint_;
  net::HttpServer listener_;
  asio::signal_set signals_;
  DeliveryLoop* loop_ = nullptr;
  std::map<std::string, Instant> upcoming_;
  std::set<std::string> told_;
  bool stopping_ = false;
  bool hurry_ = false;
  net::Scope work_;        // runs and scans: cut off when it stops
  net::Scope deliveries_;  // what is under way is finished
  net::Scope always_;      // until the very end
};

}  // namespace

Status serve(store::Store& store, store::Store& delivery_store, const Clock& clock, Random& random, Log& log,
             const ServerOptions& options) {
  const auto settings = store.read([](store::Session& session) { return load_settings(session); });
  if (!settings) return fail(settings.error());
  auto server = std::make_unique<Server>(store, delivery_store, *settings, clock, random, log, options);
  return server->run();
}

}  // namespace certherald::app
