#include "contract.hpp"

namespace certherald::contract {
namespace {

using model::Finding;
using model::FindingStatus;
using notification::TicketStanding;
using store::Session;

std::vector<Finding> touched(store::Store& store, int endpoint, const std::string& address,
                             const std::vector<model::Subject>& subjects) {
  return must(store.read([&](Session& s) { return s.findings_touched(key(endpoint), address, subjects); }));
}

Finding save(store::Store& store, const Finding& finding) {
  return must(store.write([&](Session& s) { return s.save(finding); }));
}

TEST_P(Contract, a_finding_comes_back_whole_and_is_replaced_whole) {
  Finding one = put_finding(*store_, 1, clock_.now());
  EXPECT_TRUE(one.id.stored());
  const auto get = [&] { return must(store_->read([&](Session& s) { return s.finding(one.id); })); };
  EXPECT_EQ(get(), one);
  (void)put_finding(*store_, 2, clock_.now());
  one.status = FindingStatus::accepted;
  one.accepted_until = clock_.now() + Seconds(99);
  one.severity = model::Severity::critical;
  one.episode = 3;
  one.last_seen += Seconds(5);
  one.places[0].good_since = clock_.now();
  one.places[0].verified_good = true;
  one.places[0].relapsed_at = clock_.now() - Seconds(7);
  one.places[0].last_verdict = model::Verdict::not_affected;
  model::FindingPlace other = one.places[0];
  other.endpoint = key(2);
  other.address = "192.0.2.200";
  other.evidence = {};
  one.places.push_back(other);
  EXPECT_EQ(save(*store_, one), one);
  EXPECT_EQ(get(), one);
  one.status = FindingStatus::resolved;
  one.accepted_until.reset();
  one.resolved_at = clock_.now();
  one.places.erase(one.places.begin());
  (void)save(*store_, one);
  EXPECT_EQ(get(), one);
  EXPECT_FALSE(must(store_->read([](Session& s) { return s.finding({77}); })).has_value());
}

TEST_P(Contract, findings_are_found_by_place_by_subject_and_by_check) {
  const Finding one = put_finding(*store_, 1, clock_.now());
  const Finding two = put_finding(*store_, 2, clock_.now());
  Finding certificate_fault = finding(1, clock_.now());
  certificate_fault.check = "weak_key";
  certificate_fault.subject = {model::SubjectKind::certificate, "cert:abc"};
  certificate_fault.places.clear();
  certificate_fault = save(*store_, certificate_fault);

  EXPECT_EQ(touched(*store_, 1, "192.0.2.1", {}), (std::vector{one}));
  EXPECT_TRUE(touched(*store_, 1, "192.0.2.2", {}).empty());
  EXPECT_EQ(touched(*store_, 1, "192.0.2.1", {two.subject, certificate_fault.subject, one.subject}),
            (std::vector{one, two, certificate_fault}));
  EXPECT_EQ(touched(*store_, 9, "192.0.2.1", {certificate_fault.subject}), (std::vector{certificate_fault}));
  EXPECT_EQ(must(store_->read([&](Session& s) {
              return s.findings_of("weak_key", {certificate_fault.subject, one.subject});
            })),
            (std::vector{certificate_fault}));
}

TEST_P(Contract, unresolved_findings_are_open_or_accepted) {
  Finding open = put_finding(*store_, 1, clock_.now());
  Finding accepted = put_finding(*store_, 2, clock_.now());
  Finding resolved = put_finding(*store_, 3, clock_.now());
  accepted.status = FindingStatus::accepted;
  accepted.accepted_until = clock_.now();
  resolved.status = FindingStatus::resolved;
  (void)save(*store_, accepted);
  (void)save(*store_, resolved);
  EXPECT_EQ(must(store_->read([](Session& s) { return s.unresolved_findings(); })),
            (std::vector{open, accepted}));
  std::vector<std::string> names;
  must(store_->read([&](Session& s) {
    return s.each_finding({store::FindingFilter::Which::unresolved},
                          [&](const store::FindingRow& row) -> Status {
                            names.push_back(row.name);
                            return {};
                          });
  }));
  EXPECT_EQ(names, (std::vector<std::string>{"host1.example.com:443", "host2.example.com:443"}));
}

TEST_P(Contract, one_finding_for_a_check_and_a_subject) {
  const Finding one = put_finding(*store_, 1, clock_.now());
  Finding second = one;
  second.id = {};
  const auto again = store_->write([&](Session& s) { return s.save(second); });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
  Finding unknown = one;
  unknown.id = {4'711};
  const auto missing = store_->write([&](Session& s) { return s.save(unknown); });
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  Finding nowhere = one;
  nowhere.places[0].endpoint = key(50);
  const auto placed = store_->write([&](Session& s) { return s.save(nowhere); });
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().kind, ErrorKind::not_found);
  EXPECT_EQ(must(store_->read([&](Session& s) { return s.finding(one.id); })), one);
}

TEST_P(Contract, nothing_is_told_twice) {
  const Finding about = put_finding(*store_, 1, clock_.now());
  const Instant now = clock_.now();
  struct Case {
    std::int64_t period;
    std::int64_t episode;
    Instant planned;
    std::string connection;
    bool accepted;
  };
  const std::vector<Case> cases = {
      {0, 1, now, "desk", true},
      {0, 1, now, "desk", false},               // the same run again
      {0, 1, now + Seconds(1), "desk", true},   // the next run's note
      {0, 2, now, "desk", true},                // another episode
      {0, 1, now, "snow", true},                // another connection
      {1, 1, now, "desk", true},                //
      {1, 1, now + Seconds(9), "desk", false},  // a period is used once, whenever
      {2, 1, now + Seconds(9), "desk", true},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    model::Notice told = notice(about.id, cases[i].period, cases[i].planned);
    told.episode = cases[i].episode;
    told.connection = cases[i].connection;
    // A conflict leaves the transaction usable.
    must(store_->write([&](Session& s) -> Status {
      const auto added = s.add(told);
      EXPECT_EQ(added.has_value(), cases[i].accepted) << i;
      if (!added) {
        EXPECT_EQ(added.error().kind, ErrorKind::conflict) << i;
      }
      return done(s.set_setting("probe", fmt::format("{}", i)));
    }));
  }
  EXPECT_EQ(must(store_->read([](Session& s) { return s.setting("probe"); })), "7");
}

TEST_P(Contract, one_notice_travels_once) {
  const Finding about = put_finding(*store_, 1, clock_.now());
  const auto first = put_delivery(*store_, about, 0, "k", clock_.now());
  const auto second = store_->outbox().add(delivery(first.notice, "k", clock_.now()));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
}

TEST_P(Contract, a_ticket_of_a_period_is_not_the_living_one) {
  const Finding about = put_finding(*store_, 1, clock_.now());
  (void)put_delivery(*store_, about, 1, "k1", clock_.now());
  auto held = must(store_->outbox().claim("desk", "w", clock_.now(), Seconds(60), 9));
  held.at(0).delivery.state = model::DeliveryState::done;
  model::Ticket ticket;
  ticket.connection = "desk";
  ticket.key = "k1";
  must(store_->outbox().save(held[0], ticket, outbox::Repository::Hold::release));
  const auto told = must(store_->read([](Session& s) { return s.told(); }));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].standing, TicketStanding::none);
  EXPECT_EQ(told[0].last_period, 1);

  // One of a period that was dropped speaks for its period alone.
  (void)put_delivery(*store_, about, 2, "k2", clock_.now());
  held = must(store_->outbox().claim("desk", "w", clock_.now(), Seconds(60), 9));
  must(store_->outbox().save(held.at(0), {}, outbox::Repository::Hold::release));
  must(store_->write([&](Session& s) { return s.drop_delivery(held[0].delivery.id); }));
  const auto after = must(store_->read([](Session& s) { return s.told(); }));
  EXPECT_EQ(after.at(0).standing, TicketStanding::none);
  EXPECT_EQ(after.at(0).last_period, 2);
}

TEST_P(Contract, what_was_told_counts_for_the_present_episode) {
  Finding about = put_finding(*store_, 1, clock_.now());
  const Instant now = clock_.now();
  const auto told = [&] { return must(store_->read([](Session& s) { return s.told(); })); };
  EXPECT_TRUE(told().empty());

  (void)put_delivery(*store_, about, 0, "k0", now);
  EXPECT_EQ(told().at(0).standing, TicketStanding::waiting);
  auto held = must(store_->outbox().claim("desk", "w", now, Seconds(60), 9));
  ASSERT_EQ(held.size(), 1U);
  held[0].delivery.state = model::DeliveryState::parked;
  must(store_->outbox().save(held[0], {}, outbox::Repository::Hold::release));
  EXPECT_EQ(told().at(0).standing, TicketStanding::waiting);
  must(store_->write([&](Session& s) { return s.drop_delivery(held[0].delivery.id); }));
  EXPECT_EQ(told().at(0).standing, TicketStanding::given_up);

  (void)put_delivery(*store_, about, 0, "k0", now + Seconds(10));
  held = must(store_->outbox().claim("desk", "w", now + Seconds(10), Seconds(60), 9));
  held[0].delivery.state = model::DeliveryState::done;
  model::Ticket ticket;
  ticket.connection = "desk";
  ticket.key = "k0";
  must(store_->outbox().save(held[0], ticket, outbox::Repository::Hold::release));
  EXPECT_EQ(told().at(0).standing, TicketStanding::open);

  // A note that is on its way keeps the next one back, also when it is parked.
  (void)put_delivery(*store_, about, 0, "k0", now + Seconds(15));
  EXPECT_EQ(told().at(0).standing, TicketStanding::waiting);
  held = must(store_->outbox().claim("desk", "w", now + Seconds(15), Seconds(60), 9));
  held[0].delivery.state = model::DeliveryState::parked;
  must(store_->outbox().save(held[0], {}, outbox::Repository::Hold::keep));
  EXPECT_EQ(told().at(0).standing, TicketStanding::waiting);
  held[0].delivery.state = model::DeliveryState::done;
  must(store_->outbox().save(held[0], {}, outbox::Repository::Hold::release));
  EXPECT_EQ(told().at(0).standing, TicketStanding::open);

  // Tickets of repeat = new_ticket count as periods, but do not stand for the living one.
  (void)put_delivery(*store_, about, 4, "k4", now + Seconds(20));
  ASSERT_EQ(told().size(), 1U);
  notification::Told row = told()[0];
  EXPECT_EQ(row.finding, about.id);
  EXPECT_EQ(row.connection, "desk");
  EXPECT_EQ(row.count, 4);
  EXPECT_EQ(row.last_period, 4);
  EXPECT_EQ(row.last_planned, now + Seconds(20));
  EXPECT_EQ(row.standing, TicketStanding::open);

  about.episode = 2;
  (void)save(*store_, about);
  EXPECT_TRUE(told().empty());
  about.episode = 1;
  about.status = FindingStatus::resolved;
  (void)save(*store_, about);
  EXPECT_TRUE(told().empty());
}

}  // namespace
}  // namespace certherald::contract
