#include "app/delivery_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "net/blocking.hpp"

namespace certherald::app {
namespace {

using model::Delivery;
using model::DeliveryState;
using outbox::Claimed;

// An outbox in memory that keeps the promises of the port that the loop relies on.
class MemoryOutbox final : public outbox::Repository {
 public:
  Result<Delivery> add(const Delivery& delivery) override {
    Delivery out = delivery;
    out.id.value = static_cast<std::int64_t>(rows.size()) + 1;
    rows.push_back({out, false});
    return out;
  }
  Result<std::vector<Claimed>> claim(const std::string& /*connection*/, const std::string& worker,
                                     Instant now, Seconds lease, std::size_t limit) override {
    std::vector<Claimed> out;
    for (Row& row : rows) {
      if (held || out.size() == limit) break;
      if (!is_head(row) || row.leased || row.delivery.next_at > now) continue;
      row.leased = true;
      out.push_back({row.delivery, {worker, 1, now + lease}, {}});
    }
    return out;
  }
  Status save(const Claimed& claimed, const std::optional<model::Ticket>& /*ticket*/, Hold hold) override {
    Row& row = rows.at(static_cast<std::size_t>(claimed.delivery.id.value) - 1);
    row.delivery = claimed.delivery;
    row.leased = hold == Hold::keep;
    return {};
  }
  Result<std::vector<std::string>> connections_with_work() override {
    return std::vector<std::string>{"desk"};
  }
  Result<std::optional<Instant>> next_due(const std::vector<std::string>& /*connections*/) override {
    std::optional<Instant> due;
    for (const Row& row : rows) {
      if (is_head(row)) due = std::min(due.value_or(row.delivery.next_at), row.delivery.next_at);
    }
    return due;
  }

  Result<bool> is_held(const std::string& /*connection*/) override { return held; }
  Result<std::vector<outbox::OpenKey>> open_keys(const std::string& /*connection*/) override { return open; }
  Status save_found(const model::Ticket& /*ticket*/) override { return {}; }
  Status release(const std::string& /*connection*/) override {
    held = false;
    return {};
  }

  bool held = false;
  std::vector<outbox::OpenKey> open;

  [[nodiscard]] std::size_t count(DeliveryState state) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(rows, [state](const Row& row) { return row.delivery.state == state; }));
  }

 private:
  struct Row {
    Delivery delivery;
    bool leased = false;
  };

  static bool is_final(const Row& row) {
    return row.delivery.state == DeliveryState::done || row.delivery.state == DeliveryState::parked;
  }
  [[nodiscard]] bool is_head(const Row& row) const {
    if (is_final(row)) return false;
    return std::ranges::none_of(rows, [&row](const Row& other) {
      return other.delivery.id < row.delivery.id && other.delivery.draft.key == row.delivery.draft.key &&
             !is_final(other);
    });
  }

  std::vector<Row> rows;
};

// A system that takes a moment for each answer and says no to everything: what is due together shows.
class SlowSystem final : public net::HttpClient {
 public:
  explicit SlowSystem(int status) : status_(status) {}

  net::Task<std::expected<net::HttpResponse, net::HttpFailure>> send(net::HttpRequest /*request*/,
                                                                     net::Deadline /*deadline*/) override {
    ++requests;
    most_at_once = std::max(most_at_once, ++at_once);
    (void)co_await net::pause(Millis(20));
    --at_once;
    net::HttpResponse response;
    response.status = status_;
    response.headers = {{"content-type", "application/json"}};
    response.body = R"({"error":{"message":"no","detail":""},"status":"failure"})";
    co_return response;
  }

  int requests = 0;
  int at_once = 0;
  int most_at_once = 0;

 private:
  int status_;
};

class NoSecrets final : public connector::SecretSource {
 public:
  [[nodiscard]] net::Task<Result<std::string>> resolve(model::SecretRef /*reference*/) const override {
    co_return "secret";
  }
};

class DeliveryLoops : public testing::Test {
 protected:
  void put(const std::string& key) {
    Delivery delivery;
    delivery.connection = "snow";
    delivery.draft.key = key;
    delivery.draft.subject = "Vulnerabilities for shop.example.com";
    delivery.created_at = delivery.next_at = clock_.now();
    ASSERT_TRUE(outbox_.add(delivery));
  }

  void put_different(int count) {
    for (int i = 0; i < count; ++i) put(std::to_string(i));
  }

  void drain(SlowSystem& system, Millis patience) {
    model::Connection connection;
    connection.name = "snow";
    connection.type = model::ConnectionType::servicenow;
    connection.url = "https://snow.example.com";
    connection.username = "certherald";
    connection.password = model::SecretRef{};
    connection.key_field = "correlation_id";
    boost::asio::io_context io(1);
    boost::asio::thread_pool pool(1);
    DeliveryLoop loop(outbox_, {connection}, system, secrets_, pool, clock_, random_, {.worker = "w"});
    Status drained = fail(ErrorKind::internal, "did not end");
    boost::asio::co_spawn(io, loop.drain(net::Deadline::after(patience)),
                          [&drained](const std::exception_ptr& left, Status status) {
                            if (left) std::rethrow_exception(left);
                            drained = std::move(status);
                          });
    io.run();
    EXPECT_TRUE(drained) << describe(drained.error());
  }

  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  SeededRandom random_{1};
  MemoryOutbox outbox_;
  NoSecrets secrets_;
};

TEST_F(DeliveryLoops, CarriesDeliveriesOfDifferentKeysSideBySide) {
  put_different(12);
  SlowSystem system(400);
  drain(system, Seconds(30));
  EXPECT_EQ(outbox_.count(DeliveryState::parked), 12U);
  EXPECT_EQ(system.most_at_once, 4);
}

TEST_F(DeliveryLoops, CarriesDeliveriesOfOneKeyOneAfterAnother) {
  for (int i = 0; i < 5; ++i) put("same");
  SlowSystem system(400);
  drain(system, Seconds(30));
  EXPECT_EQ(outbox_.count(DeliveryState::parked), 5U);
  EXPECT_EQ(system.most_at_once, 1);
}

TEST_F(DeliveryLoops, AsksNoMoreThanWhatWasUnderWayOnceCredentialsAreRefused) {
  put_different(12);
  SlowSystem refuses(401);
  drain(refuses, Seconds(30));
  EXPECT_EQ(outbox_.count(DeliveryState::pending), 12U);
  EXPECT_LE(refuses.requests, 4);
}

TEST_F(DeliveryLoops, SendNothingWhileALookUpAfterARestoreIsNotAnswered) {
  put_different(3);
  outbox_.held = true;
  outbox_.open = {{{.key = "open", .subject = "Vulnerabilities for shop.example.com"}, {}}};
  SlowSystem refuses(401);
  drain(refuses, Seconds(30));
  EXPECT_TRUE(outbox_.held);
  EXPECT_EQ(outbox_.count(DeliveryState::pending), 3U);
  EXPECT_EQ(refuses.requests, 1);
}

TEST_F(DeliveryLoops, GoOnWhereNothingWasOpenWhenItWasRestored) {
  put_different(3);
  outbox_.held = true;
  SlowSystem system(400);
  drain(system, Seconds(30));
  EXPECT_FALSE(outbox_.held);
  EXPECT_EQ(outbox_.count(DeliveryState::parked), 3U);
}

}  // namespace
}  // namespace certherald::app
