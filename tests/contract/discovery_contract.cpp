// Discoveries as rows, and who is at an address already.
#include "contract.hpp"

namespace certherald::contract {
namespace {

using store::Put;
using store::Session;

model::Discovery office() {
  model::Discovery discovery;
  discovery.name = "office";
  discovery.targets = {"10.0.0.0/24", "@hosts.txt"};
  discovery.ports = "443,8443";
  discovery.exclude = {"10.0.0.5"};
  discovery.owner = "net-team";
  discovery.tags = {"a", "b"};
  discovery.rate = 7;
  discovery.timeout = {9, DurationUnit::second};
  return discovery;
}

TEST_P(Contract, a_discovery_is_kept_whole) {
  const auto put = [this](const model::Discovery& discovery, const std::string& set) {
    return must(store_->write([&](Session& s) { return s.put(discovery, set); }));
  };
  EXPECT_EQ(put(office(), "set"), Put::created);
  EXPECT_EQ(put(office(), "set"), Put::unchanged);
  model::Discovery changed = office();
  changed.rate = 8;
  EXPECT_EQ(put(changed, "set"), Put::updated);
  const auto rows = must(open_another()->read([](Session& s) { return s.discoveries(); }));
  EXPECT_EQ(rows, (std::vector<store::DiscoveryRow>{{changed, "set"}}));
  EXPECT_TRUE(must(store_->write([](Session& s) { return s.remove_discovery("office"); })));
  EXPECT_FALSE(must(store_->write([](Session& s) { return s.remove_discovery("office"); })));
}

TEST_P(Contract, a_schedule_and_its_runs_name_their_discovery) {
  model::Schedule schedule;
  schedule.name = "nightly";
  schedule.task = model::TaskKind::discovery;
  schedule.rrule = "FREQ=DAILY";
  schedule.discovery = "office";
  must(done(store_->write([&](Session& s) { return s.put(schedule, "set"); })));
  const auto schedules = must(store_->read([](Session& s) { return s.schedules(); }));
  EXPECT_EQ(schedules.back().schedule, schedule);

  model::Run run;
  run.task = model::TaskKind::discovery;
  run.name = "nightly";
  run.discovery = "office";
  run.scheduled = true;
  run.planned_at = clock_.now();
  auto claim = must(store_->write([&](Session& s) { return s.begin_run(run, "w", Seconds(30)); }));
  claim.run.counts.found = 5;
  claim.run.counts.added = 2;
  claim.run.counts.known = 3;
  claim.run.counts.excluded = 7;
  claim.run.counts.silent = 11;
  must(store_->write([&](Session& s) { return s.save_run(claim); }));
  clock_.advance(Seconds(31));
  const auto heir =
      must(store_->write([&](Session& s) { return s.take_over_run(claim.run.id, "v", Seconds(30)); }));
  EXPECT_EQ(heir.run.discovery, "office");
  EXPECT_EQ(heir.run.counts, claim.run.counts);
}

TEST_P(Contract, what_is_at_a_place_is_known_under_any_name) {
  const auto add = [this](const model::EndpointKey& key) {
    must(done(store_->write([&](Session& s) { return s.put(model::Endpoint{{}, key, "", {}}, ""); })));
  };
  const model::EndpointKey fixed{"shop.example.com", 443, "shop.example.com", "192.0.2.1", ""};
  const model::EndpointKey seen{"www.example.com", 443, "www.example.com", "", ""};
  const model::EndpointKey retired{"old.example.com", 443, "", "192.0.2.9", ""};
  for (const auto& key : {fixed, seen, retired}) add(key);
  add({"192.0.2.3", 25, "", "", "smtp"});
  must(done(store_->write([&](Session& s) { return s.remove_endpoint(retired); })));
  const model::Certificate leaf = certificate(1, clock_.now());
  must(store_->write([&](Session& s) {
    return s.apply(observation(seen, "192.0.2.2", clock_.now(), leaf), {{leaf.sha256}, {}, {}, true});
  }));
  struct Row {
    model::EndpointKey place;
    bool known;
  };
  const Row rows[] = {
      {{"192.0.2.1", 443, "", "", ""}, true},
      {{"192.0.2.1", 8'443, "", "", ""}, false},
      {{"192.0.2.1", 443, "", "", "smtp"}, false},
      {{"192.0.2.2", 443, "", "", ""}, true},
      {{"192.0.2.2", 444, "", "", ""}, false},
      {{"192.0.2.3", 25, "", "", "smtp"}, true},
      {{"192.0.2.3", 25, "", "", ""}, false},
      {{"192.0.2.4", 443, "", "", ""}, false},
      {{"192.0.2.9", 443, "", "", ""}, false},
      {{"shop.example.com", 443, "", "", ""}, true},
      {{"other.example.com", 443, "other.example.com", "", ""}, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(must(store_->read([&](Session& s) { return s.has_endpoint_at(row.place); })), row.known)
        << subject_text(row.place);
  }
}

}  // namespace
}  // namespace certherald::contract
