#include <algorithm>
#include <atomic>
#include <map>
#include <stdexcept>
#include <thread>

#include "contract.hpp"

namespace certherald::contract {
namespace {

using store::Aged;
using store::HealthCheck;
using store::Put;
using store::Session;
using store::Store;

std::size_t count_endpoints(Store& store) {
  return must(store.read([](Session& s) { return s.endpoints(); })).size();
}

Status put_three(Session& session) {
  for (const int n : {1, 2, 3}) {
    if (auto put = session.put(endpoint(n), ""); !put) return fail(put.error());
  }
  return {};
}

TEST_P(Contract, an_error_an_exception_and_a_rehearsal_leave_nothing) {
  const auto failed = store_->write([](Session& session) -> Status {
    if (auto put = put_three(session); !put) return put;
    return fail(ErrorKind::cancelled, "changed my mind");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "changed my mind");
  EXPECT_EQ(count_endpoints(*store_), 0U);

  EXPECT_THROW((void)store_->write([](Session& session) -> Status {
    if (auto put = put_three(session); !put) return put;
    throw std::runtime_error("a bug");
  }),
               std::runtime_error);
  EXPECT_EQ(count_endpoints(*store_), 0U);

  const auto rehearsed = store_->rehearse([](Session& session) -> Result<std::size_t> {
    if (auto put = put_three(session); !put) return fail(put.error());
    return must(session.endpoints()).size();
  });
  EXPECT_EQ(rehearsed, 3U);
  EXPECT_EQ(count_endpoints(*store_), 0U);

  must(store_->write(put_three));
  EXPECT_EQ(count_endpoints(*store_), 3U);
  EXPECT_EQ(count_endpoints(*open_another()), 3U);
}

TEST_P(Contract, a_storage_error_spoils_the_transaction_even_where_it_is_ignored) {
  const auto done = store_->write([](Session& session) -> Status {
    if (auto put = put_three(session); !put) return put;
    model::Notice orphan = notice({4'711}, 0, Instant{});  // refers to no finding
    EXPECT_FALSE(session.add(orphan));
    EXPECT_FALSE(session.endpoints());  // nothing goes on
    return {};
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::storage);
  EXPECT_EQ(count_endpoints(*store_), 0U);
  must(store_->write(put_three));
}

TEST_P(Contract, reading_writes_nothing_and_sees_one_moment) {
  const auto written = store_->read(put_three);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::storage);
  const auto other = open_another();
  const auto seen = must(store_->read([&](Session& session) -> Result<std::pair<std::size_t, std::size_t>> {
    const auto before = session.endpoints();
    must(other->write(put_three));
    const auto after = session.endpoints();
    return std::pair(before->size(), after->size());
  }));
  EXPECT_EQ(seen, (std::pair<std::size_t, std::size_t>{0, 0}));
  EXPECT_EQ(count_endpoints(*store_), 3U);
}

TEST_P(Contract, a_transaction_inside_another_is_refused) {
  const auto nested = store_->write([&](Session&) { return store_->read(put_three); });
  ASSERT_FALSE(nested);
  EXPECT_EQ(nested.error().kind, ErrorKind::internal);
}

TEST_P(Contract, writers_wait_for_each_other) {
  constexpr int each = 25;
  std::array<std::string, 2> problems;
  std::vector<std::thread> writers;
  for (int w = 0; w < 2; ++w) {
    writers.emplace_back([&, w] {
      try {
        const auto mine = open_another();
        for (int n = 0; n < each; ++n) {
          must(mine->write([&](Session& s) { return done(s.put(endpoint(w * each + n), "")); }));
        }
      } catch (const std::exception& error) {
        problems[static_cast<std::size_t>(w)] = error.what();
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(problems, (std::array<std::string, 2>{}));
  EXPECT_EQ(count_endpoints(*store_), 2U * each);
}

TEST_P(Contract, a_new_store_has_its_identity_and_its_defaults_once) {
  EXPECT_EQ(store_->installation().size(), 36U);
  EXPECT_EQ(open_another()->installation(), store_->installation());
  EXPECT_EQ(store_->schema_version(), Store::newest_schema());
  EXPECT_EQ(store_->migrate(), 0);
  const auto policies = must(store_->read([](Session& s) { return s.policies(); }));
  const auto expected = model::default_policies();
  ASSERT_EQ(policies.size(), expected.size());
  for (const model::Policy& policy : expected) {
    EXPECT_TRUE(std::ranges::any_of(policies, [&](const auto& row) { return row.policy == policy; }))
        << policy.name;
  }
  const auto schedules = must(store_->read([](Session& s) { return s.schedules(); }));
  ASSERT_EQ(schedules.size(), 2U);
  EXPECT_EQ(schedules[0].schedule.name, "default expiry notification");
  EXPECT_EQ(schedules[0].schedule.task, model::TaskKind::expiry_notification);
  EXPECT_EQ(schedules[1].schedule.name, "default vulnerability scan");
  EXPECT_EQ(schedules[1].schedule.task, model::TaskKind::vulnerability_scan);
  EXPECT_EQ(schedules[1].created_at, clock_.now());
  EXPECT_EQ(schedules[1].effective_from, clock_.now());

  // What a person removed stays removed.
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_policy("vulnerable"); })));
  const auto again = open_another();
  EXPECT_EQ(must(again->read([](Session& s) { return s.policies(); })).size(), 1U);
}

TEST_P(Contract, two_processes_that_make_the_same_store_agree) {
  for (int round = 0; round < 5; ++round) {
    const auto home = GetParam().make_home();
    std::array<std::string, 3> identities;
    std::vector<std::thread> openers;
    for (std::string& identity : identities) {
      openers.emplace_back([&] {
        auto opened = home->open(clock_);
        identity = opened ? (*opened)->installation() : describe(opened.error());
      });
    }
    for (std::thread& opener : openers) opener.join();
    EXPECT_EQ(identities[0].size(), 36U) << identities[0];
    EXPECT_EQ(identities[0], identities[1]);
    EXPECT_EQ(identities[0], identities[2]);
    EXPECT_EQ(must(must(home->open(clock_))->read([](Session& s) { return s.schedules(); })).size(), 2U);
  }
}

TEST_P(Contract, without_leave_to_migrate_nothing_is_made) {
  const auto home = GetParam().make_home();
  const auto refused = home->open(clock_, store::Migrate::no);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::storage);
  EXPECT_NE(refused.error().hint, "");
  (void)must(home->open(clock_));
  EXPECT_TRUE(home->open(clock_, store::Migrate::no));
}

TEST_P(Contract, configuration_comes_back_whole_and_says_what_changed) {
  model::Connection desk;
  desk.name = "desk";
  desk.type = model::ConnectionType::servicenow;
  desk.enabled = false;
  desk.url = "https://desk.example.com:8080";
  desk.edition = "msp";
  desk.table = "u_cert";
  desk.username = "certherald";
  desk.password = model::EnvSecret{"SNOW_PASSWORD"};
  desk.auth_token = model::FileSecret{"/run/secrets/token"};
  desk.key_field = "correlation_id";
  desk.ca_file = "/etc/ssl/corp.pem";
  desk.client_cert = "/c.pem";
  desk.client_key = "/k.pem";
  desk.proxy = "http://127.0.0.1:3128";
  desk.proxy_username = "out";
  desk.proxy_password = model::EnvSecret{"PROXY_PASSWORD"};
  desk.body_template = model::Template::reference;
  desk.timeout = {5, DurationUnit::second};
  desk.settle = {2, DurationUnit::minute};
  desk.rate = 60;
  desk.fields = {{"group", "{{owner}}"}, {"priority", "High"}};
  model::Policy policy;
  policy.name = "p";
  policy.kind = model::CheckKind::vulnerability;
  policy.enabled = false;
  policy.within = model::ValidityShare{20};
  policy.every = {2, DurationUnit::week};
  policy.repeat = model::Repeat::new_ticket;
  policy.min_severity = model::Severity::high;
  policy.checks = {"weak_key"};
  policy.channels = {"desk"};
  policy.max_new = 7;
  const model::Schedule schedule{"s",
                                 model::TaskKind::discovery,
                                 "FREQ=HOURLY",
                                 "Europe/Berlin",
                                 false,
                                 "2026-12-01T02:00:00",
                                 {"2026-12-24T02:00:00", "2026-12-25T02:00:00"}};

  const auto put = [&](const auto& value, const std::string& set) {
    return must(store_->write([&](Session& s) { return s.put(value, set); }));
  };
  EXPECT_EQ(put(desk, "set"), Put::created);
  EXPECT_EQ(put(policy, "set"), Put::created);
  EXPECT_EQ(put(schedule, "set"), Put::created);
  clock_.advance(Seconds(60));
  EXPECT_EQ(put(desk, "set"), Put::unchanged);
  EXPECT_EQ(put(policy, "set"), Put::unchanged);
  EXPECT_EQ(put(schedule, "set"), Put::unchanged);
  EXPECT_EQ(put(schedule, "other"), Put::updated);

  must(store_->read([&](Session& s) -> Status {
    EXPECT_EQ(must(s.connections()), (std::vector<store::ConnectionRow>{{desk, "set"}}));
    const auto policies = must(s.policies());
    EXPECT_TRUE(std::ranges::find(policies, store::PolicyRow{policy, "set"}) != policies.end());
    const auto schedules = must(s.schedules());
    const Instant made = clock_.now() - Seconds(60);
    EXPECT_TRUE(std::ranges::find(schedules, store::ScheduleRow{schedule, "other", made, made}) !=
                schedules.end());
    return {};
  }));
  desk.password = model::StoredSecret{"snow.password"};
  EXPECT_EQ(put(desk, "set"), Put::updated);
  EXPECT_EQ(must(store_->read([](Session& s) { return s.connections(); }))[0].connection, desk);
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_connection("desk"); })));
  EXPECT_FALSE(must(store_->write([](Session& s) { return s.remove_connection("desk"); })));
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_schedule("s"); })));

  const auto set = [&](const std::string& value) {
    return must(store_->write([&](Session& s) { return s.set_setting("scan", value); }));
  };
  EXPECT_EQ(must(store_->read([](Session& s) { return s.setting("scan"); })), std::nullopt);
  EXPECT_EQ(set("{}"), Put::created);
  EXPECT_EQ(set("{}"), Put::unchanged);
  EXPECT_EQ(set("{\"a\":1}"), Put::updated);
  EXPECT_EQ(must(store_->read([](Session& s) { return s.setting("scan"); })), "{\"a\":1}");
}

TEST_P(Contract, a_changed_schedule_keeps_its_anchor_and_is_effective_from_its_change) {
  model::Schedule schedule{"s", model::TaskKind::vulnerability_scan, "FREQ=HOURLY", "UTC"};
  const Instant created = clock_.now();
  const auto effective_after = [&](const auto& change, Put expected) {
    clock_.advance(Seconds(60));
    change(schedule);
    EXPECT_EQ(must(store_->write([&](Session& s) { return s.put(schedule, ""); })), expected);
    for (const store::ScheduleRow& row : must(store_->read([](Session& s) { return s.schedules(); }))) {
      if (row.schedule != schedule) continue;
      EXPECT_EQ(row.created_at, created + Seconds(60));
      return row.effective_from;
    }
    ADD_FAILURE() << "it is not there as it was put";
    return Instant{};
  };
  using Change = void (*)(model::Schedule&);
  EXPECT_EQ(effective_after([](model::Schedule&) {}, Put::created), clock_.now());
  const Instant first = clock_.now();
  EXPECT_EQ(effective_after([](model::Schedule&) {}, Put::unchanged), first);
  EXPECT_EQ(effective_after([](model::Schedule& s) { s.enabled = false; }, Put::updated), first);
  const Change changes[] = {
      [](model::Schedule& s) { s.enabled = true; },
      [](model::Schedule& s) { s.rrule = "FREQ=DAILY"; },
      [](model::Schedule& s) { s.time_zone = "Europe/Berlin"; },
      [](model::Schedule& s) { s.task = model::TaskKind::expiry_notification; },
      [](model::Schedule& s) { s.dtstart = "2026-12-01T02:00:00"; },
      [](model::Schedule& s) { s.exdates = {"2026-12-24T02:00:00"}; },
      [](model::Schedule& s) { s.exdates.clear(); },
      [](model::Schedule& s) { s.dtstart.clear(); },
  };
  for (const Change& change : changes) EXPECT_EQ(effective_after(change, Put::updated), clock_.now());
}

TEST_P(Contract, secrets_come_back_as_sealed_and_lists_leave_them_out) {
  using store::SecretRow;
  const Instant start = clock_.now();
  const auto put = [&](const std::string& name, const std::string& text, const std::string& key) {
    return must(store_->write([&](Session& s) { return s.put_secret({name, text, key, {}, {}}); }));
  };
  const auto get = [&](const std::string& name) {
    return must(store_->read([&](Session& s) { return s.secret(name); }));
  };
  EXPECT_EQ(get("snow"), std::nullopt);
  EXPECT_EQ(put("snow", "01aa", "k1"), Put::created);
  EXPECT_EQ(put("desk", "01bb", "k1"), Put::created);
  clock_.advance(Seconds(5));
  EXPECT_EQ(put("snow", "01cc", "k2"), Put::updated);
  EXPECT_EQ(get("snow"), (SecretRow{"snow", "01cc", "k2", start, start + Seconds(5)}));
  EXPECT_EQ(get("desk"), (SecretRow{"desk", "01bb", "k1", start, start}));
  std::vector<SecretRow> listed;
  must(store_->read([&](Session& s) {
    return s.each_secret([&](const SecretRow& row) -> Status {
      EXPECT_TRUE(must(s.secret(row.name)));  // the visitor may use the session
      listed.push_back(row);
      return {};
    });
  }));
  EXPECT_EQ(listed, (std::vector<SecretRow>{{"desk", "", "k1", start, start},
                                            {"snow", "", "k2", start, start + Seconds(5)}}));
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_secret("snow"); })));
  EXPECT_FALSE(must(store_->write([](Session& s) { return s.remove_secret("snow"); })));
  EXPECT_EQ(get("snow"), std::nullopt);
}

std::int64_t take(Store& store, Aged kind, Instant older, std::size_t limit = 100) {
  return must(store.write([&](Session& s) { return s.delete_batch(kind, older, limit); }));
}

TEST_P(Contract, retention_takes_old_history_in_batches_but_not_of_problems) {
  const Instant start = clock_.now();
  const auto problem = put_finding(*store_, 1, start);  // at 192.0.2.1
  must(store_->write([](Session& s) { return done(s.put(endpoint(2), "")); }));
  for (int n = 0; n < 5; ++n) {
    const auto leaf = certificate(n, start + Seconds(n));
    observe(*store_, observation(key(1), "192.0.2.1", start + Seconds(n), leaf));
    observe(*store_, observation(key(2), "192.0.2.2", start + Seconds(n), leaf));
  }
  EXPECT_EQ(take(*store_, Aged::observations, start), 0);
  EXPECT_EQ(take(*store_, Aged::observations, start + Seconds(4), 3), 3);
  EXPECT_EQ(take(*store_, Aged::observations, start + Seconds(4), 3), 1);
  EXPECT_EQ(take(*store_, Aged::observations, start + Seconds(4), 3), 0);
  model::Finding solved = problem;
  solved.status = model::FindingStatus::resolved;
  (void)must(store_->write([&](Session& s) { return s.save(solved); }));
  EXPECT_EQ(take(*store_, Aged::observations, start + Seconds(99)), 6);
  EXPECT_EQ(must(store_->read([](Session& s) { return s.latest_observations(key(1)); })).size(), 1U);
}

TEST_P(Contract, retention_keeps_deliveries_of_problems_and_of_open_tickets) {
  const Instant start = clock_.now();
  model::Finding about = put_finding(*store_, 1, start);
  const auto run = must(store_->write([&](Session& s) {
    model::Run begun;
    begun.started_at = start;
    return s.begin_run(begun, "w", Seconds(60));
  }));
  must(store_->write([&](Session& s) -> Status {
    model::Notice told = notice(about.id, 0, start);
    told.run = run.run.id;
    const auto added = s.add(told);
    if (!added) return fail(added.error());
    return done(s.add(delivery(added->id, "k", start)));
  }));
  must(store_->write([&](Session& s) { return s.end_run(run); }));
  const Instant later = start + Seconds(1'000);
  const auto nothing_goes = [&](const std::string& why) {
    EXPECT_EQ(take(*store_, Aged::deliveries, later), 0) << why;
    EXPECT_EQ(take(*store_, Aged::runs, later), 0) << why;
  };
  nothing_goes("the finding is open and the delivery pending");
  auto held = must(store_->outbox().claim("desk", "w", start, Seconds(60), 1));
  held[0].delivery.state = model::DeliveryState::done;
  model::Ticket ticket;
  ticket.connection = "desk";
  ticket.key = "k";
  must(store_->outbox().save(held[0], ticket, outbox::Repository::Hold::keep));
  nothing_goes("the finding is open");
  about.status = model::FindingStatus::resolved;
  (void)must(store_->write([&](Session& s) { return s.save(about); }));
  nothing_goes("the ticket is open");
  ticket.remote.open = false;
  must(store_->outbox().save(held[0], ticket, outbox::Repository::Hold::release));
  EXPECT_EQ(take(*store_, Aged::deliveries, start), 0);
  EXPECT_EQ(take(*store_, Aged::deliveries, later), 1);
  EXPECT_EQ(take(*store_, Aged::runs, later), 1);
  // Ids that were told to other systems are not used again.
  about.status = model::FindingStatus::open;
  about.episode = 2;
  (void)must(store_->write([&](Session& s) { return s.save(about); }));
  EXPECT_GT(put_delivery(*store_, about, 0, "k2", start).id.value, held[0].delivery.id.value);
}

TEST_P(Contract, doctor_finds_a_healthy_store_healthy_and_a_clock_behind_it) {
  FakeClock clock(SystemClock().now());  // a server has a clock of its own
  const auto home = GetParam().make_home();
  const auto store = must(home->open(clock));
  const auto states = [&] {
    std::map<std::string, HealthCheck::State> out;
    for (const HealthCheck& check : must(store->doctor())) {
      out[check.name] = check.state;
      EXPECT_EQ(check.mend.empty(), check.state == HealthCheck::State::good) << check.name;
      EXPECT_NE(check.message, "") << check.name;
    }
    out.erase("disk space");  // is the machine's
    return out;
  };
  for (const auto& [name, state] : states()) EXPECT_EQ(state, HealthCheck::State::good) << name;
  EXPECT_GE(states().size(), 6U);
  clock.advance(Seconds(-3'600));
  EXPECT_EQ(states().at("clock"), HealthCheck::State::bad);
}

TEST_P(Contract, news_comes_of_what_others_put_into_the_outbox) {
  const auto other = open_another();
  EXPECT_TRUE(must(store_->wait_for_news(Millis(0))));  // of what was before, nobody knows
  while (must(store_->wait_for_news(Millis(0)))) {
  }
  EXPECT_FALSE(must(store_->wait_for_news(Millis(20))));
  const auto about = put_finding(*other, 1, clock_.now());
  std::thread late([&] { (void)put_delivery(*other, about, 1, "a", clock_.now()); });
  EXPECT_TRUE(must(store_->wait_for_news(Millis(20'000))));
  late.join();
  while (must(store_->wait_for_news(Millis(0)))) {
  }
  // From the store itself too, and between two waits.
  (void)put_delivery(*store_, about, 2, "b", clock_.now());
  EXPECT_TRUE(must(store_->wait_for_news(Millis(20'000))));
}

TEST_P(Contract, writers_shut_each_other_out_and_shared_writers_see_what_they_committed) {
  const auto other = open_another();
  std::atomic<bool> written = false;
  std::thread late;
  must(store_->write([&](Session& session) -> Status {
    late = std::thread([&] {
      must(other->write([&](Session& t) -> Status {
        EXPECT_EQ(must(t.endpoints()).size(), 3U);  // it waited
        written = true;
        return {};
      }));
    });
    if (auto put = put_three(session); !put) return put;
    EXPECT_FALSE(written);
    return {};
  }));
  late.join();
  EXPECT_EQ(must(other->write_shared([](Session& s) { return s.endpoints(); })).size(), 3U);
}

// Read, add one, write: right only where nobody else writes in between.
TEST_P(Contract, counting_up_in_two_processes_loses_nothing) {
  constexpr int each = 40;
  std::array<std::string, 2> problems;
  std::vector<std::thread> counters;
  for (std::string& problem : problems) {
    counters.emplace_back([&] {
      try {
        const auto mine = open_another();
        for (int n = 0; n < each; ++n) {
          must(mine->write([](Session& s) -> Status {
            const int before = std::stoi(must(s.setting("count")).value_or("0"));
            return done(s.set_setting("count", std::to_string(before + 1)));
          }));
        }
      } catch (const std::exception& error) {
        problem = error.what();
      }
    });
  }
  for (std::thread& counter : counters) counter.join();
  EXPECT_EQ(problems, (std::array<std::string, 2>{}));
  EXPECT_EQ(must(store_->read([](Session& s) { return s.setting("count"); })), std::to_string(2 * each));
}

TEST_P(Contract, lists_are_longer_than_what_is_held_and_may_be_left) {
  constexpr int many = 2'345;  // more than two pieces
  std::vector<model::Certificate> all;
  for (int n = 0; n < many; ++n) all.push_back(certificate(n, clock_.now() + Seconds(n)));
  (void)must(store_->write([&](Session& s) { return s.import_certificates(all, clock_.now()); }));
  int seen = 0;
  must(store_->read([&](Session& s) -> Status {
    auto listed = s.each_certificate({}, [&](const store::CertificateRow& row) -> Status {
      EXPECT_EQ(row.certificate.sha256, all[static_cast<std::size_t>(seen)].sha256);
      if (++seen % 700 == 0) {  // the visitor uses the session, even for another list
        EXPECT_EQ(must(s.certificate(row.certificate.sha256))->certificate.der,
                  all[static_cast<std::size_t>(seen - 1)].der);
        const auto left = s.each_certificate(
            {}, [](const store::CertificateRow&) -> Status { return fail(ErrorKind::cancelled, "enough"); });
        EXPECT_EQ(left.error().message, "enough");
      }
      return {};
    });
    return listed;
  }));
  EXPECT_EQ(seen, many);
}

}  // namespace
}  // namespace certherald::contract
