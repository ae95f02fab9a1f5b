// What can go wrong under PostgreSQL alone: the server, the way to it, another process in the middle of
// something.
#include <sys/socket.h>

#include <map>
#include <thread>

#include "contract.hpp"
#include "postgresql_server.hpp"

namespace certherald::contract {
namespace {

using store::HealthCheck;
using store::Session;
using store::Store;

const FakeClock fixed_clock{Instant(Seconds(1'800'000'000))};

Result<std::unique_ptr<Store>> open_at(const std::string& url, Seconds busy = Seconds(20),
                                       const Clock& clock = fixed_clock) {
  SystemRandom random;
  return Store::open({url, store::Migrate::yes, busy}, clock, random);
}

class PostgresqlStore : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<Store> open(Seconds busy = Seconds(20)) {
    return must(open_at(server_.url(database_), busy));
  }
  Status put(Store& store, int n) {
    return store.write([&](Session& s) { return done(s.put(endpoint(n), "")); });
  }
  std::size_t endpoints(Store& store) {
    return must(store.read([](Session& s) { return s.endpoints(); })).size();
  }
  // Ends every connection of ours, as an administrator or a firewall does.
  void cut() {
    server_.sql(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = "
        "'certherald'");
  }

  PostgresqlServer& server_ = PostgresqlServer::shared();
  std::string database_ = server_.make_database();
};

void expect_says(const Error& error, const std::string& words) {
  EXPECT_EQ(error.kind, ErrorKind::storage) << error.message;
  EXPECT_NE(error.message.find(words), std::string::npos) << error.message;
  EXPECT_NE(error.hint, "") << error.message;
}

TEST_F(PostgresqlStore, goes_on_after_the_server_was_restarted) {
  const auto store = open();
  must(put(*store, 1));
  const std::vector<std::function<void()>> ends = {[&] { server_.stop(); }, [&] { server_.kill(); }};
  for (const auto& end : ends) {
    end();
    const auto down = put(*store, 2);
    ASSERT_FALSE(down);
    expect_says(down.error(), "cannot be reached");
    EXPECT_FALSE(store->read([](Session& s) { return s.endpoints(); }));
    server_.start();
    EXPECT_EQ(endpoints(*store), 1U);
    end();
    server_.start();
    must(put(*store, 1));  // nobody told the store that it was down
  }
}

TEST_F(PostgresqlStore, goes_on_after_its_connection_was_cut) {
  const auto store = open();
  for (int n = 1; n < 4; ++n) {
    cut();
    must(put(*store, n));
  }
  EXPECT_EQ(endpoints(*store), 3U);
}

TEST_F(PostgresqlStore, leaves_nothing_half_when_the_server_dies) {
  const auto store = open();
  const std::vector<std::function<void()>> ends = {[&] { server_.kill(); }, [&] { server_.stop(); },
                                                   [&] { cut(); }};
  for (const auto& end : ends) {
    const auto failed = store->write([&](Session& s) -> Status {
      must(done(s.put(endpoint(1), "")));
      end();
      const auto second = s.put(endpoint(2), "");
      EXPECT_FALSE(second);
      EXPECT_FALSE(s.put(endpoint(3), ""));
      return {};  // even where it is ignored
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::storage);
    server_.start();
    EXPECT_EQ(endpoints(*store), 0U);
  }
}

TEST_F(PostgresqlStore, says_that_the_outcome_is_unknown_where_a_commit_has_no_answer) {
  const auto store = open();
  const auto lost = store->write([&](Session& s) -> Status {
    must(done(s.put(endpoint(1), "")));
    server_.kill();
    return {};
  });
  ASSERT_FALSE(lost);
  expect_says(lost.error(), "unknown");
  server_.start();
  EXPECT_EQ(endpoints(*store), 0U);
  // What was only read is not in doubt.
  const auto read = store->read([&](Session& s) {
    auto all = s.endpoints();
    cut();
    return all;
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message.find("unknown"), std::string::npos) << read.error().message;
}

TEST_F(PostgresqlStore, hears_again_after_the_line_was_cut) {
  const auto store = open();
  EXPECT_TRUE(must(store->wait_for_news(Millis(0))));
  EXPECT_FALSE(must(store->wait_for_news(Millis(0))));
  cut();
  EXPECT_FALSE(store->wait_for_news(Millis(10'000)));
  EXPECT_TRUE(must(store->wait_for_news(Millis(0))));  // something may have been missed
  EXPECT_FALSE(must(store->wait_for_news(Millis(0))));
  const auto about = put_finding(*store, 1, fixed_clock.now());
  EXPECT_FALSE(must(store->wait_for_news(Millis(50))));  // a finding is not in the outbox
  (void)put_delivery(*store, about, 1, "a", fixed_clock.now());
  EXPECT_TRUE(must(store->wait_for_news(Millis(10'000))));
}

TEST_F(PostgresqlStore, says_why_it_cannot_be_opened_and_never_the_password) {
  server_.sql("CREATE ROLE guarded LOGIN PASSWORD 'right'");
  struct Case {
    std::string url;
    std::string says;
  };
  const std::string host = "host=" + server_.folder();
  const std::vector<Case> cases = {
      {"postgresql://guarded:wr0ng@/" + database_ + "?" + host, "refuses the user or the password"},
      {"postgresql://guarded:right@/" + database_ + "?" + host, "may not do that"},  // not its owner
      {"postgresql://postgres:wr0ng@/nowhere?" + host, "no such database"},
      {"postgresql://nobody_here:wr0ng@/" + database_ + "?" + host, "refuses the user or the password"},
      {"postgresql://u:wr0ng@/x?host=" + server_.folder() + "/nowhere", "cannot be reached"},
      {"postgresql://u:wr0ng@127.0.0.1:1/x", "cannot be reached"},
      {"postgresql://u:wr0ng@no-such-host.invalid/x?connect_timeout=2", "cannot be reached"},
  };
  for (const Case& c : cases) {
    const auto opened = open_at(c.url);
    ASSERT_FALSE(opened) << c.url;
    expect_says(opened.error(), c.says);
    for (const std::string secret : {"wr0ng", "right"}) {
      EXPECT_EQ(describe(opened.error()).find(secret), std::string::npos) << describe(opened.error());
    }
  }
  server_.sql("GRANT CREATE ON SCHEMA public TO guarded", database_);
  const auto opened = must(open_at("postgresql://guarded:right@/" + database_ + "?" + host));
  EXPECT_EQ(opened->path(), "postgresql://guarded@/" + database_ + "?" + host);
  server_.sql("DROP OWNED BY guarded", database_);
  server_.sql("DROP ROLE guarded");
}

TEST_F(PostgresqlStore, says_that_there_are_too_many_connections) {
  server_.sql("CREATE ROLE single LOGIN CONNECTION LIMIT 0");
  const auto opened = open_at(server_.url(database_, "single"));
  ASSERT_FALSE(opened);
  expect_says(opened.error(), "no connection to spare");
  server_.sql("DROP ROLE single");
}

TEST_F(PostgresqlStore, refuses_databases_that_are_not_its_own) {
  server_.sql("CREATE TABLE recipes (name TEXT)", database_);
  const auto foreign = open_at(server_.url(database_));
  ASSERT_FALSE(foreign);
  expect_says(foreign.error(), "another program");
  server_.sql("DROP TABLE recipes", database_);
  (void)open();
  server_.sql("INSERT INTO schema_migrations VALUES (999, 'later', 0)", database_);
  const auto newer = open_at(server_.url(database_));
  ASSERT_FALSE(newer);
  expect_says(newer.error(), "newer certherald");
}

TEST_F(PostgresqlStore, says_who_blocks_it_and_readers_and_shared_writers_do_not_wait) {
  const auto store = open(Seconds(0));
  const auto other = open();
  const auto about = put_finding(*other, 1, fixed_clock.now());
  (void)put_delivery(*other, about, 1, "a", fixed_clock.now());
  must(other->write([&](Session& s) -> Status {
    (void)must(s.put(endpoint(2), ""));
    const auto blocked = put(*store, 3);
    EXPECT_FALSE(blocked);
    expect_says(blocked.error(), "another process is writing");
    EXPECT_EQ(endpoints(*store), 1U);
    const auto held = must(store->outbox().claim("desk", "w", fixed_clock.now(), Seconds(60), 9));
    EXPECT_EQ(held.size(), 1U);
    must(store->outbox().save(held.at(0), {}, outbox::Repository::Hold::release));
    return {};
  }));
  must(put(*store, 3));
}

TEST_F(PostgresqlStore, a_head_that_is_being_claimed_lets_nothing_of_its_key_pass) {
  const auto one = open();
  const auto other = open();
  const Instant now = fixed_clock.now();
  const auto about = put_finding(*one, 1, now);
  for (int n = 1; n <= 3; ++n) (void)put_delivery(*one, about, n, n < 3 ? "a" : "b", now);
  must(one->write_shared([&](Session& s) -> Status {
    EXPECT_EQ(must(s.claim("desk", "w1", now, Seconds(60), 1)).at(0).delivery.draft.key, "a");
    // Not committed yet: the other passes over the key, and does not wait for it.
    const auto theirs = must(other->outbox().claim("desk", "w2", now, Seconds(60), 9));
    EXPECT_EQ(theirs.size(), 1U);
    EXPECT_EQ(theirs.at(0).delivery.draft.key, "b");
    return {};
  }));
  EXPECT_TRUE(must(other->outbox().claim("desk", "w2", now, Seconds(60), 9)).empty());
}

TEST_F(PostgresqlStore, commits_for_sure_whatever_the_database_says) {
  server_.sql(fmt::format("ALTER DATABASE {} SET synchronous_commit = off", database_));
  server_.sql(fmt::format("ALTER DATABASE {} SET search_path = elsewhere", database_));
  const auto store = open();
  for (const HealthCheck& check : must(store->doctor())) {
    if (check.name == "durability") EXPECT_EQ(check.state, HealthCheck::State::good) << check.message;
  }
}

std::map<std::string, HealthCheck> examine(Store& store) {
  std::map<std::string, HealthCheck> out;
  for (HealthCheck& check : must(store.doctor())) out[check.name] = std::move(check);
  return out;
}

TEST_F(PostgresqlStore, doctor_sees_settings_that_lose_data) {
  const auto store = open();
  for (const std::string setting : {"fsync", "full_page_writes"}) {
    const auto set = [&](const std::string& how) {
      server_.sql(fmt::format("ALTER SYSTEM {}", how));
      server_.stop();
      server_.start();
    };
    set("SET " + setting + " = off");
    const HealthCheck check = examine(*store).at("durability");
    EXPECT_EQ(check.state, HealthCheck::State::bad);
    EXPECT_TRUE(check.message.starts_with(setting + " off")) << check.message;
    set("RESET " + setting);
    EXPECT_EQ(examine(*store).at("durability").state, HealthCheck::State::good);
  }
}

TEST_F(PostgresqlStore, doctor_compares_the_clocks) {
  FakeClock clock(SystemClock().now());
  const auto store = must(open_at(server_.url(database_), Seconds(20), clock));
  struct Case {
    Seconds off;
    HealthCheck::State state;
  };
  for (const Case& c :
       {Case{Seconds(0), HealthCheck::State::good}, Case{Seconds(30), HealthCheck::State::warning},
        Case{Seconds(-30), HealthCheck::State::warning}, Case{Seconds(90), HealthCheck::State::bad},
        Case{Seconds(-90), HealthCheck::State::bad}}) {
    clock.set(SystemClock().now() + c.off);
    EXPECT_EQ(examine(*store).at("server clock").state, c.state) << c.off.count();
  }
}

TEST_F(PostgresqlStore, doctor_sees_an_encoding_that_cannot_hold_names) {
  const auto store = must(open_at(server_.url(server_.make_database("LATIN1"))));
  EXPECT_EQ(examine(*store).at("encoding").state, HealthCheck::State::bad);
  const auto put = store->write([](Session& s) { return s.set_setting("scan", "\u4e2d"); });
  ASSERT_FALSE(put);
  expect_says(put.error(), "cannot hold the text");
}

TEST_F(PostgresqlStore, a_standby_can_be_read_and_says_why_no_more) {
  must(put(*open(), 1));
  PostgresqlServer standby;
  standby.follow(server_);
  standby.start();
  const auto store = must(open_at(standby.url(database_)));
  EXPECT_EQ(endpoints(*store), 1U);
  const auto written = put(*store, 2);
  ASSERT_FALSE(written);
  expect_says(written.error(), "read-only standby");
  EXPECT_EQ(examine(*store).at("primary").state, HealthCheck::State::bad);
}

}  // namespace
}  // namespace certherald::contract
