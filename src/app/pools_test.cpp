// Estates that change under the scans, for days of a clock that is ours: what opens and closes must be what
// the servers really have, whichever of them a connection happens to meet.
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "app/pipeline.hpp"
#include "app/scan_worker.hpp"
#include "app/settings.hpp"
#include "app/test_folder.hpp"
#include "base/test_values.hpp"
#include "base/time_text.hpp"
#include "codec/x509/test_authority.hpp"
#include "scan/loopback_world.hpp"

namespace certherald::app {
namespace {

using namespace std::chrono_literals;
using model::Finding;
using model::FindingStatus;
using model::TaskKind;
using scan::LoopbackServer;
using scan::TestServer;
using enum model::ProtocolVersion;

constexpr std::uint16_t ecdhe_aes = 0xC02F;
constexpr std::uint16_t rsa_aes = 0x002F;
constexpr std::uint16_t rsa_rc4 = 0x0005;
constexpr std::uint16_t rsa_3des = 0x000A;

class Pools : public testing::Test {
 protected:
  Pools() {
    world_.clock.set(at("2027-03-01T12:00:00Z"));
    auto opened = store::Store::open({.location = folder_.path("store")}, world_.clock, world_.random);
    if (opened) store_ = std::move(*opened);
  }
  ~Pools() override {
    while (!servers_.empty()) stop(servers_.back());
    world_.io.run();
    store_pool_.join();
  }

  void SetUp() override {
    ASSERT_TRUE(store_);
    ScanSettings settings;
    settings.trust = {};
    settings.revocation = false;
    settings.host_rate = 0;
    ASSERT_TRUE(store_->write([&](store::Session& s) { return store_settings(s, settings); }));
    scanner_ = std::make_unique<scan::Scanner>(world_.io.get_executor(), world_.resolver, world_.clock,
                                               world_.random, world_.limits);
    worker_ = std::make_unique<ScanWorker>(*store_, store_pool_, *scanner_, progress_,
                                           ScanWorkerOptions{.worker = "test", .quiet = Millis(20)});
  }

  template <class T>
  T run(net::Task<T> task) {
    std::optional<T> result;
    boost::asio::co_spawn(world_.io, std::move(task), [&result](const std::exception_ptr& failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
    });
    const auto busy = boost::asio::make_work_guard(world_.io);
    world_.io.restart();
    while (!result) world_.io.run_one();
    return std::move(*result);
  }

  // A port of its own for the pool, then the same one for all its addresses and whenever it comes back.
  LoopbackServer& start(scan::Behaviour behaviour, const std::string& address = "127.0.0.1",
                        std::uint16_t port = 0) {
    servers_.push_back(std::make_unique<LoopbackServer>(world_.io, std::move(behaviour), address, port));
    return *servers_.back();
  }
  void stop(std::unique_ptr<LoopbackServer>& server) {
    run(stopped(*server));
    std::erase(servers_, server);
  }

  void watch(std::uint16_t port, const std::string& host = "pool.example.com") {
    model::Endpoint endpoint;
    endpoint.key = scan::endpoint_at(port, host, "");
    ASSERT_TRUE(store_->write([&](store::Session& s) { return s.put(endpoint, ""); }));
  }

  // One run of the task, as a server carries it.
  void carry(TaskKind task) {
    model::Run wish;
    wish.task = task;
    wish.started_by = "test";
    wish.planned_at = world_.clock.now();
    auto claim =
        store_->write([&](store::Session& s) { return open_run(s, wish, "test", world_.clock.now()); });
    ASSERT_TRUE(claim) << describe(claim.error());
    const auto ended = run(carried(std::move(*claim)));
    ASSERT_TRUE(ended) << describe(ended.error());
  }
  void scan() { carry(TaskKind::vulnerability_scan); }

  std::vector<Finding> findings(const std::string& check = {}) {
    std::vector<Finding> out;
    const Status listed = store_->read([&](store::Session& s) {
      return s.each_finding({}, [&](const store::FindingRow& row) -> Status {
        if (check.empty() || row.finding.check == check) out.push_back(row.finding);
        return {};
      });
    });
    EXPECT_TRUE(listed);
    return out;
  }
  std::set<std::string> checks_that_found() {
    std::set<std::string> out;
    for (const Finding& finding : findings()) out.insert(finding.check);
    return out;
  }
  void expect_open_since_ever(const std::string& check) {
    const auto found = findings(check);
    ASSERT_EQ(found.size(), 1U) << check;
    EXPECT_EQ(found[0].status, FindingStatus::open);
    EXPECT_EQ(found[0].episode, 1);
  }
  void expect_resolved(const std::string& check) {
    const auto found = findings(check);
    ASSERT_EQ(found.size(), 1U) << check;
    EXPECT_EQ(found[0].status, FindingStatus::resolved);
    EXPECT_EQ(found[0].episode, 1);
  }

  scan::World world_;
  test::Folder folder_;
  std::unique_ptr<store::Store> store_;
  std::vector<std::unique_ptr<LoopbackServer>> servers_;

 private:
  static net::Task<bool> stopped(LoopbackServer& server) {
    co_await server.stop();
    co_return true;
  }

  net::Task<Result<model::Run>> carried(store::RunClaim claim) {
    const model::RunId id = claim.run.id;
    net::Scope scanning(co_await boost::asio::this_coro::executor);
    scanning.spawn(scan_what_is_put_up(id));
    Pipeline pipeline(*store_, store_pool_, progress_, put_up_, world_.clock);
    auto ended = co_await pipeline.carry(std::move(claim), [](const RunProgress&) {});
    scanning.cancel();
    co_await scanning.join();
    co_return ended;
  }
  net::Task<void> scan_what_is_put_up(model::RunId run) {
    do {
      const Status done = co_await worker_->work_off(run);
      EXPECT_TRUE(done) << describe(done.error());
    } while (co_await put_up_.wait(10ms));
  }

  boost::asio::thread_pool store_pool_{1};
  net::Wakeup progress_;
  net::Wakeup put_up_;
  std::unique_ptr<scan::Scanner> scanner_;
  std::unique_ptr<ScanWorker> worker_;
};

TestServer modern() {
  TestServer server;
  server.suites = {{tls12, {ecdhe_aes}}};
  return server;
}
TestServer weak() {
  TestServer server;
  server.suites = {{tls12, {ecdhe_aes, rsa_rc4}}};
  return server;
}
TestServer old() {
  TestServer server;
  server.suites = {{tls10, {rsa_3des, rsa_aes}}, {tls12, {rsa_aes, ecdhe_aes, rsa_3des}}};
  server.client_order = true;
  return server;
}

// Each connection goes to one of the nodes, as a balancer deals them out.
scan::Behaviour balances(std::vector<TestServer>& nodes, Random& random) {
  return [&nodes, &random](boost::asio::ip::tcp::socket& socket) {
    return scan::answer_as(nodes[random.below(nodes.size())], socket);
  };
}

TEST_F(Pools, a_balancer_before_differing_nodes_shows_only_what_one_of_them_has) {
  std::vector<TestServer> nodes = {modern(), weak(), old()};
  std::set<std::string> real;
  for (TestServer& node : nodes) {
    LoopbackServer& alone = start(scan::speaks_tls(node));
    watch(alone.port(), "127.0.0.1");
    scan();
    for (const std::string& check : checks_that_found()) real.insert(check);
    stop(servers_.back());
  }
  ASSERT_TRUE(real.contains("rc4"));
  const std::size_t of_single_nodes = findings().size();

  SeededRandom dealt(3);
  watch(start(balances(nodes, dealt)).port());
  world_.resolver.addresses["pool.example.com"] = {"127.0.0.1"};
  for (int turn = 0; turn < 24; ++turn) {
    world_.clock.advance(15min);
    scan();
  }
  int of_pool = 0;
  for (const Finding& finding : findings()) {
    if (finding.places.empty() || finding.places[0].endpoint.host != "pool.example.com") continue;
    ++of_pool;
    EXPECT_TRUE(real.contains(finding.check)) << finding.check << " " << finding.places[0].reason;
    EXPECT_EQ(finding.status, FindingStatus::open) << finding.check;
    EXPECT_EQ(finding.episode, 1) << finding.check;
  }
  EXPECT_GT(of_pool, 0) << of_single_nodes;
}

TEST_F(Pools, a_name_is_mended_when_all_its_addresses_were_seen_mended_twice) {
  std::deque<TestServer> nodes = {weak(), weak(), weak()};
  const std::uint16_t port = start(scan::speaks_tls(nodes[0])).port();
  start(scan::speaks_tls(nodes[1]), "127.0.0.2", port);
  start(scan::speaks_tls(nodes[2]), "127.0.0.3", port);
  world_.resolver.addresses["pool.example.com"] = {"127.0.0.1", "127.0.0.2", "127.0.0.3"};
  watch(port);
  scan();
  expect_open_since_ever("rc4");
  for (TestServer& node : nodes) {
    node = modern();
    for (int look = 0; look < 2; ++look) {
      expect_open_since_ever("rc4");
      world_.clock.advance(15min);
      scan();
    }
  }
  expect_resolved("rc4");
}

TEST_F(Pools, what_is_gone_is_looked_for_where_it_was_and_nowhere_else) {
  std::deque<TestServer> nodes = {weak(), weak()};
  LoopbackServer& one = start(scan::speaks_tls(nodes[0]));
  LoopbackServer& two = start(scan::speaks_tls(nodes[1]), "127.0.0.2", one.port());
  world_.resolver.addresses["pool.example.com"] = {"127.0.0.1", "127.0.0.2"};
  watch(one.port());
  scan();
  const int whole = one.accepted();
  EXPECT_EQ(two.accepted(), whole);
  nodes[1] = modern();
  world_.clock.advance(15min);
  scan();
  EXPECT_EQ(one.accepted(), 2 * whole);
  EXPECT_GT(two.accepted(), 3 * whole);
}

TEST_F(Pools, a_host_that_flaps_resolves_nothing_by_being_away) {
  TestServer node = weak();
  const std::uint16_t port = start(scan::speaks_tls(node)).port();
  world_.resolver.addresses["pool.example.com"] = {"127.0.0.1"};
  watch(port);
  scan();
  expect_open_since_ever("rc4");
  SeededRandom flaps(11);
  for (int turn = 0; turn < 24; ++turn) {
    world_.clock.advance(1h);
    if (turn % 2 == 0) {
      stop(servers_.back());
      scan();
      node.dies_after.reset();
      start(scan::speaks_tls(node), "127.0.0.1", port);
    } else {
      node.answers = 0;
      node.dies_after = flaps.below(6);
      scan();
    }
    expect_open_since_ever("rc4");
  }
  node = modern();
  scan();
  expect_open_since_ever("rc4");
  world_.clock.advance(15min);
  scan();
  expect_resolved("rc4");
}

TEST_F(Pools, a_host_that_refuses_for_an_hour_keeps_what_it_had) {
  TestServer node = weak();
  const std::uint16_t port = start(scan::speaks_tls(node)).port();
  world_.resolver.addresses["pool.example.com"] = {"127.0.0.1"};
  watch(port);
  scan();
  const auto before = findings();
  stop(servers_.back());
  for (int turn = 0; turn < 12; ++turn) {
    world_.clock.advance(5min);
    scan();
  }
  EXPECT_EQ(findings(), before);
  start(scan::speaks_tls(node), "127.0.0.1", port);
  scan();
  EXPECT_EQ(findings().size(), before.size());
  expect_open_since_ever("rc4");
}

TEST_F(Pools, a_certificate_is_renewed_when_every_node_has_the_new_one) {
  const codec::x509::TestAuthority authority("Example CA");
  const auto ending = authority.issue({.name = "pool.example.com",
                                       .extra = "subjectAltName=DNS:pool.example.com",
                                       .start = "20270101000000Z",
                                       .end = "20270310000000Z"});
  const auto renewed = authority.issue({.name = "pool.example.com",
                                        .extra = "subjectAltName=DNS:pool.example.com",
                                        .start = "20270301000000Z",
                                        .end = "20271201000000Z"});
  const auto serving = [](const model::Certificate& leaf) {
    TestServer server = modern();
    server.chain = {leaf.der};
    return server;
  };
  std::deque<TestServer> nodes = {serving(ending), serving(ending), serving(ending)};
  const std::uint16_t port = start(scan::speaks_tls(nodes[0])).port();
  start(scan::speaks_tls(nodes[1]), "127.0.0.2", port);
  start(scan::speaks_tls(nodes[2]), "127.0.0.3", port);
  world_.resolver.addresses["pool.example.com"] = {"127.0.0.1", "127.0.0.2", "127.0.0.3"};
  watch(port);
  const auto look = [&] {
    world_.clock.advance(6h);
    carry(TaskKind::expiry_notification);
  };
  struct Step {
    std::string_view what;
    std::vector<const model::Certificate*> served;  // by each node
  };
  for (const Step& step : std::vector<Step>{
           {"nobody renewed", {&ending, &ending, &ending}},
           {"the first", {&renewed, &ending, &ending}},
           {"the second", {&renewed, &renewed, &ending}},
           {"the second, looked at twice", {&renewed, &renewed, &ending}},
           {"the first rolled back, the last renewed", {&ending, &renewed, &renewed}},
           {"the same, looked at twice", {&ending, &renewed, &renewed}},
           {"all", {&renewed, &renewed, &renewed}},
       }) {
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = serving(*step.served[i]);
    look();
    SCOPED_TRACE(step.what);
    expect_open_since_ever("expiry");
  }
  look();
  expect_resolved("expiry");
}

}  // namespace
}  // namespace certherald::app
