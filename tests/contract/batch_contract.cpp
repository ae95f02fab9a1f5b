// What a decision asks and writes of many at once, and how far ahead it searches what ends.

#include <algorithm>

#include <fmt/format.h>

#include "contract.hpp"

namespace certherald::contract {
namespace {

using inventory::Horizon;
using model::Finding;
using model::FindingId;
using model::Notice;
using store::Session;
using store::Store;

constexpr Seconds day{86'400};
constexpr int more_than_a_statement = 1'003;

std::vector<std::string> within(Store& store, const Horizon& horizon) {
  std::vector<std::string> out;
  for (const auto& found : must(store.read([&](Session& s) { return s.ending_within(horizon); }))) {
    EXPECT_TRUE(found.certificate.der.empty());
    out.push_back(found.certificate.sha256);
  }
  return out;
}

TEST_P(Contract, a_share_of_the_validity_reaches_to_the_second) {
  const Instant now = clock_.now();
  const Instant first_year{Seconds(-62'135'596'800)};  // 0001-01-01
  const Instant last_year{Seconds(253'402'300'799)};   // 9999-12-31
  struct Case {
    std::string what;
    Seconds begun;  // not_before, from now
    Seconds left;   // not_after, from now
    int percent;
    bool found;
  };
  const std::vector<Case> cases = {
      {"33 % of 100 days left", -67 * day, 33 * day, 33, true},
      {"a second more", -67 * day, 33 * day + Seconds(1), 33, false},
      {"33 of 101 seconds, 33.33 allowed", Seconds(-68), Seconds(33), 33, true},
      {"34 of 101 seconds", Seconds(-67), Seconds(34), 33, false},
      {"begins this moment", Seconds(0), 90 * day, 100, true},
      {"begins in a second", Seconds(1), 90 * day, 100, false},
      {"all of it, of no share", Seconds(-10), Seconds(10), 0, false},
      {"over", -90 * day, Seconds(-1), 1, true},
      {"ends this moment", -90 * day, Seconds(0), 1, true},
      {"ends before it begins, and not yet", 90 * day, 10 * day, 100, false},
      {"ends before it begins, long ago", -10 * day, -90 * day, 50, true},
      {"an instant long", 5 * day, 5 * day, 100, false},
      {"all years, half", first_year - now, last_year - now, 50, false},
      {"all years, nearly all", first_year - now, last_year - now, 99, true},
  };
  std::vector<model::Certificate> certificates;
  for (const Case& c : cases) {
    certificates.push_back(certificate(static_cast<int>(certificates.size()), now + c.left));
    certificates.back().not_before = now + c.begun;
  }
  must(store_->write([&](Session& s) { return done(s.import_certificates(certificates, now)); }));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto found = within(*store_, {now, now, cases[i].percent});
    EXPECT_EQ(std::ranges::count(found, certificates[i].sha256) == 1, cases[i].found) << cases[i].what;
  }
}

TEST_P(Contract, a_share_and_a_fixed_time_find_what_either_does_and_only_what_is_in_use) {
  (void)put_finding(*store_, 1, clock_.now());  // with its endpoint
  const Instant now = clock_.now();
  const auto served = certificate(1, now + 10 * day);  // of 90 days
  const auto short_lived = certificate(2, now + 20 * day);
  auto long_lived = certificate(3, now + 40 * day);
  long_lived.not_before = now - 400 * day;
  const auto replaced = certificate(4, now + 5 * day);
  observe(*store_, observation(key(1), "192.0.2.1", now, replaced));
  observe(*store_, observation(key(1), "192.0.2.1", now + Seconds(1), served));
  must(store_->write(
      [&](Session& s) { return done(s.import_certificates(std::vector{long_lived, short_lived}, now)); }));
  EXPECT_EQ(within(*store_, {now, now + 15 * day, 0}), (std::vector{served.sha256}));
  EXPECT_EQ(within(*store_, {now, now, 12}), (std::vector{served.sha256, long_lived.sha256}));
  EXPECT_EQ(within(*store_, {now, now + 20 * day, 10}),
            (std::vector{served.sha256, short_lived.sha256, long_lived.sha256}));
  const auto found = must(store_->read([&](Session& s) { return s.ending_within({now, now, 12}); }));
  ASSERT_EQ(found.at(0).deployments.size(), 1U);
  EXPECT_EQ(found[0].deployments[0].endpoint, key(1));
  EXPECT_TRUE(found.at(1).deployments.empty());
}

TEST_P(Contract, certificates_owners_and_leaves_are_found_by_what_names_them) {
  must(store_->write([](Session& s) -> Status {
    for (const int n : {1, 2, 4, 6}) {
      if (auto put = s.put(endpoint(n), ""); !put) return fail(put.error());
    }
    return done(s.remove_endpoint(key(6)));
  }));
  const Instant now = clock_.now();
  const auto a = certificate(1, now + day);
  const auto b = certificate(2, now + day);
  observe(*store_, observation(key(1), "192.0.2.1", now, a));
  observe(*store_, observation(key(1), "192.0.2.2", now, a));
  observe(*store_, observation(key(1), "192.0.2.2", now + Seconds(1), b));
  observe(*store_, observation(key(4), "192.0.2.4", now, b));
  model::Observation down;
  down.endpoint = key(2);
  down.address = "192.0.2.3";
  down.at = now;
  observe(*store_, down);

  const auto found =
      must(store_->read([&](Session& s) { return s.certificates({b.sha256, "", a.sha256, "no such"}); }));
  model::Certificate lean = a;
  lean.der.clear();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at(a.sha256), lean);
  EXPECT_TRUE(must(store_->read([](Session& s) { return s.certificates({}); })).empty());

  // Endpoint 1 has no owner, 6 is retired, 8 was never there, and the other is nobody's for another SNI.
  model::EndpointKey other = key(4);
  other.sni = "other.example.com";
  EXPECT_EQ(
      must(store_->read([&](Session& s) { return s.owners_of({key(1), key(2), key(6), key(8), other}); })),
      (std::map<model::EndpointKey, std::string>{{key(2), "web-team"}}));
  EXPECT_TRUE(must(store_->read([](Session& s) { return s.owners_of({}); })).empty());

  using Leaves = std::map<std::pair<model::EndpointKey, std::string>, std::string>;
  EXPECT_EQ(must(store_->read([](Session& s) { return s.latest_leaves({key(1), key(2), key(8)}); })),
            (Leaves{{{key(1), "192.0.2.1"}, a.sha256}, {{key(1), "192.0.2.2"}, b.sha256}}));
  EXPECT_TRUE(must(store_->read([](Session& s) { return s.latest_leaves({}); })).empty());
}

// As many findings of endpoints 1 and 2 as take more than a statement, not saved yet.
std::vector<Finding> many_findings(Store& store, Instant at) {
  must(store.write([](Session& s) -> Status {
    for (const int n : {1, 2}) {
      if (auto put = s.put(endpoint(n), ""); !put) return fail(put.error());
    }
    return {};
  }));
  std::vector<Finding> out;
  for (int n = 0; n < more_than_a_statement; ++n) {
    Finding one = finding(1 + n % 2, at);
    one.subject = {model::SubjectKind::certificate, fmt::format("cert:{}", n)};
    one.places[0].reason = fmt::format("\"quoted\" \\ back\n\t{} \u00e9\u2028\U0001F512", n);
    out.push_back(std::move(one));
  }
  return out;
}

void save_all(Store& store, std::vector<Finding>& findings) {
  const auto ids = must(store.write([&](Session& s) { return s.save_all(findings); }));
  ASSERT_EQ(ids.size(), findings.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (findings[i].id.stored()) {
      EXPECT_EQ(ids[i], findings[i].id) << i;
    }
    findings[i].id = ids[i];
  }
}

std::vector<Finding> all_of(Store& store) {
  return must(store.read([](Session& s) { return s.unresolved_findings(); }));
}

TEST_P(Contract, many_findings_are_saved_as_each_would_be) {
  std::vector<Finding> findings = many_findings(*store_, clock_.now());
  save_all(*store_, findings);
  std::ranges::sort(findings, {}, &Finding::id);
  EXPECT_EQ(all_of(*store_), findings);

  // Some change, some places come and go, one finding is new, and one is left as it is.
  for (std::size_t i = 1; i < findings.size(); ++i) {
    Finding& one = findings[i];
    one.last_seen += Seconds(5);
    one.episode = static_cast<std::int64_t>(i);
    model::FindingPlace other = one.places[0];
    other.address = "192.0.2.200";
    other.verified_good = true;
    other.good_since = clock_.now();
    if (i % 3 == 0) one.places.push_back(other);
    if (i % 3 == 1) one.places[0] = other;
    if (i % 3 == 2) one.places.clear();
  }
  Finding late = findings[0];
  late.id = {};
  late.check = "weak_key";
  findings.insert(findings.begin(), late);
  save_all(*store_, findings);
  std::ranges::sort(findings, {}, &Finding::id);
  EXPECT_EQ(all_of(*store_), findings);

  std::vector<Finding> none;
  save_all(*store_, none);
}

TEST_P(Contract, one_that_cannot_be_saved_stops_all) {
  const Finding one = put_finding(*store_, 1, clock_.now());
  const Finding two = put_finding(*store_, 2, clock_.now());
  const auto error_of = [&](const Finding& bad) {
    Finding good = two;
    good.episode = 9;
    const auto saved = store_->write([&](Session& s) { return s.save_all(std::vector{good, bad}); });
    EXPECT_FALSE(saved);
    return saved ? ErrorKind::internal : saved.error().kind;
  };
  Finding again = one;
  again.id = {};
  EXPECT_EQ(error_of(again), ErrorKind::conflict);
  Finding unknown = one;
  unknown.id = {4'711};
  EXPECT_EQ(error_of(unknown), ErrorKind::not_found);
  Finding nowhere = one;
  nowhere.places[0].endpoint = key(50);
  EXPECT_EQ(error_of(nowhere), ErrorKind::not_found);
  EXPECT_EQ(all_of(*store_), (std::vector{one, two}));
}

TEST_P(Contract, many_notices_and_deliveries_are_added_as_each_would_be) {
  const Finding about = put_finding(*store_, 1, clock_.now());
  const Instant now = clock_.now();
  std::vector<Notice> notices;
  for (int n = 0; n < more_than_a_statement; ++n) notices.push_back(notice(about.id, 1 + n, now));
  const auto added = must(store_->write([&](Session& s) { return s.add_all(notices); }));
  ASSERT_EQ(added.size(), notices.size());
  std::vector<model::Delivery> deliveries;
  for (std::size_t i = 0; i < added.size(); ++i) {
    notices[i].id = added[i].id;
    EXPECT_TRUE(added[i].id.stored());
    EXPECT_EQ(added[i], notices[i]);
    deliveries.push_back(delivery(added[i].id, fmt::format("k{}", i), now));
    deliveries.back().last_error = "\"quoted\"\n";
  }
  must(store_->write([&](Session& s) { return s.add_all(deliveries); }));
  const auto claimed = must(store_->outbox().claim("desk", "w", now, Seconds(60), 2'000));
  ASSERT_EQ(claimed.size(), deliveries.size());
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    deliveries[i].id = claimed[i].delivery.id;
    EXPECT_EQ(claimed[i].delivery, deliveries[i]) << "in their order: " << i;
  }
  const auto told = must(store_->read([](Session& s) { return s.told(); }));
  EXPECT_EQ(told.at(0).last_period, more_than_a_statement);
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.add_all(std::vector<Notice>{}); })).empty());
}

TEST_P(Contract, of_many_none_is_told_or_sent_twice) {
  const Finding about = put_finding(*store_, 1, clock_.now());
  const Instant now = clock_.now();
  const auto add = [&](const std::vector<Notice>& notices) {
    const auto added = store_->write([&](Session& s) { return s.add_all(notices); });
    return added ? Status{} : fail(added.error());
  };
  const Notice first = notice(about.id, 1, now);
  must(add({first}));
  const std::vector<std::vector<Notice>> refused = {
      {notice(about.id, 2, now), first},                                  // told already
      {notice(about.id, 3, now), notice(about.id, 3, now)},               // twice the same
      {notice(about.id, 3, now), notice(about.id, 3, now + Seconds(1))},  // a period used twice
      {notice(about.id, 4, now), notice(about.id, 5, now), first, notice(about.id, 6, now)},
  };
  for (std::size_t i = 0; i < refused.size(); ++i) {
    const Status told = add(refused[i]);
    ASSERT_FALSE(told) << i;
    EXPECT_EQ(told.error().kind, ErrorKind::conflict) << i;
  }
  EXPECT_EQ(must(store_->read([](Session& s) { return s.told(); })).at(0).count, 1);

  const auto sent = put_delivery(*store_, about, 7, "k", now);
  const auto other = must(store_->write([&](Session& s) { return s.add(notice(about.id, 8, now)); }));
  const auto again = store_->write([&](Session& s) {
    return s.add_all(std::vector{delivery(other.id, "k8", now), delivery(sent.notice, "k", now)});
  });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
  EXPECT_EQ(must(store_->outbox().claim("desk", "w", now, Seconds(60), 9)).size(), 1U);
}

TEST_P(Contract, news_comes_of_many_deliveries) {
  const Finding about = put_finding(*store_, 1, clock_.now());
  const auto told = must(store_->write([&](Session& s) { return s.add(notice(about.id, 1, clock_.now())); }));
  while (must(store_->wait_for_news(Millis(0)))) {
  }
  const auto other = open_another();
  must(
      other->write([&](Session& s) { return s.add_all(std::vector{delivery(told.id, "k", clock_.now())}); }));
  EXPECT_TRUE(must(store_->wait_for_news(Millis(20'000))));
}

}  // namespace
}  // namespace certherald::contract
