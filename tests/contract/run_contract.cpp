// Runs, what they scan, and the leases under which processes share both.

#include <set>

#include "contract.hpp"

namespace certherald::contract {
namespace {

using store::RunClaim;
using store::ScanWork;
using store::Session;
using store::Store;

constexpr Seconds lease{60};

model::Run scheduled(const std::string& schedule, Instant planned, model::TaskKind task) {
  model::Run run;
  run.task = task;
  run.name = schedule;
  run.started_by = "schedule";
  run.scheduled = true;
  run.planned_at = planned;
  run.started_at = planned + Seconds(3);
  return run;
}

Result<RunClaim> begin(Store& store, const model::Run& run, const std::string& worker = "one") {
  return store.write([&](Session& s) { return s.begin_run(run, worker, lease); });
}

Result<RunClaim> take_over(Store& store, model::RunId id, const std::string& worker) {
  return store.write([&](Session& s) { return s.take_over_run(id, worker, lease); });
}

Status end(Store& store, const RunClaim& claim) {
  return store.write([&](Session& s) { return s.end_run(claim); });
}

std::vector<model::Run> all_runs(Store& store) {
  std::vector<model::Run> out;
  must(store.read([&](Session& s) {
    return s.each_run([&](const model::Run& row) -> Status {
      out.push_back(row);
      return {};
    });
  }));
  return out;
}

ErrorKind kind_of(const auto& result) { return result ? ErrorKind::internal : result.error().kind; }

TEST_P(Contract, a_run_is_recorded_with_who_started_it_how_far_it_came_and_what_it_found) {
  model::Run run = scheduled("nightly", clock_.now(), model::TaskKind::vulnerability_scan);
  run.all = true;
  RunClaim claim = must(begin(*store_, run));
  claim.run.stage = model::RunStage::decide;
  claim.run.counts = {1, 2, 3, 4, 5, 6, 7};
  claim.run.message = "half way";
  must(store_->write([&](Session& s) { return s.save_run(claim); }));
  EXPECT_EQ(all_runs(*store_), std::vector{claim.run});
  clock_.advance(Seconds(9));
  claim.run.outcome = model::RunOutcome::incomplete;
  claim.run.ended_at = clock_.now();
  must(end(*store_, claim));
  EXPECT_EQ(all_runs(*store_), std::vector{claim.run});
  EXPECT_TRUE(must(store_->read([](Session& s) { return s.unfinished_runs(); })).empty());
  EXPECT_EQ(kind_of(end(*store_, claim)), ErrorKind::conflict);
}

TEST_P(Contract, two_runs_of_one_task_never_overlap) {
  const model::Run expiry = scheduled("a", clock_.now(), model::TaskKind::expiry_notification);
  model::Run by_hand = expiry;
  by_hand.scheduled = false;
  by_hand.name = "";
  const RunClaim first = must(begin(*store_, by_hand));
  const auto second = begin(*store_, expiry, "two");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_NE(second.error().message.find("under way"), std::string::npos) << second.error().message;
  model::Run other_task = expiry;
  other_task.task = model::TaskKind::vulnerability_scan;
  EXPECT_TRUE(begin(*store_, other_task, "two"));
  must(end(*store_, first));
  EXPECT_TRUE(begin(*store_, by_hand, "two"));
  clock_.advance(lease);
  EXPECT_TRUE(begin(*store_, by_hand, "three")) << "whoever carried it is silent";
}

TEST_P(Contract, a_schedule_makes_one_run_for_an_instant) {
  const model::Run run = scheduled("daily", clock_.now(), model::TaskKind::expiry_notification);
  must(end(*store_, must(begin(*store_, run))));
  const auto again = begin(*store_, run, "two");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
  model::Run next = run;
  next.planned_at += Seconds(86'400);
  must(end(*store_, must(begin(*store_, next, "two"))));
  model::Run by_hand = run;
  by_hand.scheduled = false;
  must(end(*store_, must(begin(*store_, by_hand))));
  EXPECT_EQ(must(store_->read([](Session& s) { return s.planned_runs("daily", 9); })),
            (std::vector{next.planned_at, run.planned_at}));
  EXPECT_EQ(must(store_->read([](Session& s) { return s.planned_runs("daily", 1); })),
            std::vector{next.planned_at});
}

TEST_P(Contract, a_run_whose_process_died_goes_on_elsewhere_and_the_dead_can_write_no_more) {
  RunClaim dead = must(begin(*store_, scheduled("a", clock_.now(), model::TaskKind::vulnerability_scan)));
  dead.run.stage = model::RunStage::refresh;
  must(store_->write([&](Session& s) { return s.save_run(dead); }));
  EXPECT_EQ(kind_of(take_over(*store_, dead.run.id, "two")), ErrorKind::conflict) << "it still lives";
  clock_.advance(lease - Seconds(1));
  must(store_->write([](Session& s) { return s.keep_leases("one", lease); }));
  clock_.advance(lease - Seconds(1));
  EXPECT_EQ(kind_of(take_over(*store_, dead.run.id, "two")), ErrorKind::conflict) << "it gave a sign of life";
  clock_.advance(Seconds(1));
  const auto seen = must(store_->read([](Session& s) { return s.unfinished_runs(); }));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].worker, "one");
  EXPECT_EQ(seen[0].leased_until, clock_.now());

  const auto another = open_another();
  const RunClaim heir = must(take_over(*another, dead.run.id, "two"));
  EXPECT_EQ(heir.run.stage, model::RunStage::refresh);
  EXPECT_EQ(heir.run.attempts, 2);
  EXPECT_EQ(kind_of(take_over(*store_, dead.run.id, "three")), ErrorKind::conflict);
  EXPECT_EQ(kind_of(store_->write([&](Session& s) { return s.save_run(dead); })), ErrorKind::conflict);
  EXPECT_EQ(kind_of(end(*store_, dead)), ErrorKind::conflict);
  must(store_->write([](Session& s) { return s.keep_leases("one", lease); }));
  must(another->write([&](Session& s) { return s.save_run(heir); }));
  must(another->write([&](Session& s) { return s.release_run(heir); }));
  EXPECT_EQ(must(take_over(*store_, dead.run.id, "three")).run.attempts, 3);
}

TEST_P(Contract, a_run_that_nobody_carries_can_be_given_up) {
  const RunClaim claim =
      must(begin(*store_, scheduled("a", clock_.now(), model::TaskKind::vulnerability_scan)));
  const auto abandon = [&] {
    return store_->write(
        [&](Session& s) { return s.abandon_run(claim.run.id, "three processes died of it"); });
  };
  EXPECT_EQ(kind_of(abandon()), ErrorKind::conflict);
  clock_.advance(lease);
  must(abandon());
  ASSERT_EQ(all_runs(*store_).size(), 1U);
  EXPECT_EQ(all_runs(*store_)[0].outcome, model::RunOutcome::failed);
  EXPECT_EQ(all_runs(*store_)[0].message, "three processes died of it");
}

// A run of a store with five endpoints.
RunClaim begin_with_endpoints(Store& store, Instant now) {
  must(store.write([](Session& s) -> Status {
    for (int n = 1; n <= 5; ++n) {
      if (const auto put = s.put(endpoint(n), ""); !put) return fail(put.error());
    }
    return {};
  }));
  return must(begin(store, scheduled("a", now, model::TaskKind::vulnerability_scan)));
}

std::vector<ScanWork> claim_scans(Store& store, const std::string& worker, std::size_t limit,
                                  model::RunId run = {}) {
  return must(store.write([&](Session& s) { return s.claim_scan_work(run, worker, lease, limit); }));
}

Status finish(Store& store, const ScanWork& work) {
  return store.write([&](Session& s) { return s.finish_scan(work, 2, 1); });
}

std::int64_t put_up(Store& store, const RunClaim& run, model::Tier tier, std::optional<Instant> since = {}) {
  return must(store.write([&](Session& s) { return s.add_scan_work(run.run.id, tier, since); }));
}

TEST_P(Contract, what_a_run_scans_is_shared_and_each_endpoint_done_once) {
  const RunClaim run = begin_with_endpoints(*store_, clock_.now());
  const auto progress = [&] {
    return must(store_->read([&](Session& s) { return s.scan_progress(run.run.id); }));
  };
  EXPECT_EQ(put_up(*store_, run, model::Tier::full), 5);
  const std::vector<model::EndpointKey> again = {key(1), key(2)};
  EXPECT_EQ(must(store_->write(
                [&](Session& s) { return s.add_scan_work(run.run.id, model::Tier::inventory, again); })),
            0);
  const auto another = open_another();
  const auto ours = claim_scans(*store_, "one", 2);
  const auto theirs = claim_scans(*another, "two", 9, run.run.id);
  ASSERT_EQ(ours.size(), 2U);
  ASSERT_EQ(theirs.size(), 3U);
  EXPECT_TRUE(claim_scans(*another, "two", 9).empty());
  EXPECT_EQ(ours[0].tier, model::Tier::full);
  std::set<model::EndpointKey> together;
  for (const auto& part : {ours, theirs}) {
    for (const ScanWork& work : part) together.insert(work.endpoint);
  }
  EXPECT_EQ(together.size(), 5U);
  for (const ScanWork& work : theirs) must(finish(*another, work));
  EXPECT_EQ(progress(), (store::ScanProgress{5, 2, 6, 3}));
  EXPECT_EQ(kind_of(finish(*another, theirs[0])), ErrorKind::conflict) << "done already";
  for (const ScanWork& work : ours) must(finish(*store_, work));
  EXPECT_EQ(progress().open, 0);
  must(end(*store_, run));
  EXPECT_EQ(progress(), store::ScanProgress{}) << "forgotten with the run";
}

TEST_P(Contract, what_is_known_of_its_addresses_comes_with_what_is_scanned) {
  const Instant start = clock_.now();
  const RunClaim run = begin_with_endpoints(*store_, start);
  model::Observation seen = observation(key(1), "192.0.2.1", start, certificate(1, start));
  seen.other_chains = {{"for ECDSA", true, {certificate(2, start)}}};
  must(store_->write([&](Session& s) -> Status {
    return s.apply(seen, inventory::reconcile(must(s.known_address(key(1), "192.0.2.1")), seen));
  }));
  model::Finding open = finding(1, start);
  model::FindingPlace place;
  place.endpoint = key(1);
  place.address = "192.0.2.1";
  place.last_affected = start;
  open.places = {place};
  place.address = "192.0.2.9";
  open.places.push_back(place);
  model::Finding resolved = open;
  resolved.check = "rc4";
  resolved.status = model::FindingStatus::resolved;
  resolved.resolved_at = start;
  for (const model::Finding& one : {open, resolved}) {
    (void)must(store_->write([&](Session& s) { return s.save(one); }));
  }
  EXPECT_EQ(put_up(*store_, run, model::Tier::full), 5);
  for (const ScanWork& work : claim_scans(*store_, "one", 5)) {
    if (work.endpoint != key(1)) {
      EXPECT_TRUE(work.known.empty());
      continue;
    }
    EXPECT_EQ(
        work.known,
        (std::vector<store::KnownPlace>{
            {"192.0.2.1", {certificate(1, start).sha256, certificate(2, start).sha256}, {"weak_ciphers"}},
            {"192.0.2.9", {}, {"weak_ciphers"}}}));
  }
}

TEST_P(Contract, what_a_dead_process_had_taken_is_taken_again) {
  const RunClaim run = begin_with_endpoints(*store_, clock_.now());
  EXPECT_EQ(put_up(*store_, run, model::Tier::full), 5);
  const auto dead = claim_scans(*store_, "one", 5);
  clock_.advance(lease - Seconds(1));
  must(store_->write([](Session& s) { return s.keep_leases("one", lease); }));
  clock_.advance(Seconds(1));
  EXPECT_TRUE(claim_scans(*store_, "two", 5).empty());
  EXPECT_EQ(must(store_->read([](Session& s) { return s.lease_holders(); })),
            std::vector<std::string>{"one"});
  must(store_->write([](Session& s) { return s.end_leases("one"); }));
  const auto heir = claim_scans(*store_, "two", 5);
  EXPECT_EQ(heir.size(), 5U);
  EXPECT_EQ(kind_of(finish(*store_, dead[0])), ErrorKind::conflict);
  must(finish(*store_, heir[0]));
  EXPECT_TRUE(take_over(*store_, run.run.id, "two")) << "the run too";
}

TEST_P(Contract, what_is_free_to_scan_is_counted_as_far_as_asked) {
  const RunClaim run = begin_with_endpoints(*store_, clock_.now());
  const auto free = [&](std::size_t most, model::RunId of) {
    return must(store_->read([&](Session& s) { return s.free_scan_work(of, most); }));
  };
  EXPECT_EQ(free(9, {}), 0U);
  EXPECT_EQ(put_up(*store_, run, model::Tier::full), 5);
  EXPECT_EQ(free(9, {}), 5U);
  EXPECT_EQ(free(9, run.run.id), 5U);
  EXPECT_EQ(free(3, run.run.id), 3U);
  EXPECT_EQ(free(9, {run.run.id.value + 1}), 0U) << "of another run";
  const auto taken = claim_scans(*store_, "one", 2);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(free(9, run.run.id), 3U);
  must(finish(*store_, taken[0]));
  clock_.advance(lease - Seconds(1));
  EXPECT_EQ(free(9, run.run.id), 3U);
  clock_.advance(Seconds(1));
  EXPECT_EQ(free(9, run.run.id), 4U) << "what a lease has left is free, what is done is not";
  EXPECT_EQ(claim_scans(*store_, "two", 9).size(), 4U) << "as many as were counted";
}

TEST_P(Contract, only_what_was_not_seen_lately_where_asked) {
  const RunClaim run = begin_with_endpoints(*store_, clock_.now());
  observe(*store_, observation(key(1), "192.0.2.1", clock_.now(), certificate(1, clock_.now())));
  must(store_->write([](Session& s) { return done(s.remove_endpoint(key(2))); }));
  EXPECT_EQ(put_up(*store_, run, model::Tier::inventory, clock_.now() - Seconds(1)), 3);
}

TEST_P(Contract, deliveries_of_the_dead_are_free_at_once) {
  const auto about = put_finding(*store_, 1, clock_.now());
  (void)put_delivery(*store_, about, 1, "k", clock_.now());
  ASSERT_EQ(must(store_->outbox().claim("desk", "one", clock_.now(), Seconds(999), 1)).size(), 1U);
  EXPECT_TRUE(must(store_->outbox().claim("desk", "two", clock_.now(), Seconds(999), 1)).empty());
  must(store_->write([](Session& s) { return s.end_leases("one"); }));
  EXPECT_EQ(must(store_->outbox().claim("desk", "two", clock_.now(), Seconds(999), 1)).size(), 1U);
}

}  // namespace
}  // namespace certherald::contract
