// What a backup carries from one store to another, of the same engine or not.
#include <algorithm>
#include <map>
#include <sstream>

#include "contract.hpp"
#include "store/backup_tables.hpp"

namespace certherald::contract {
namespace {

using store::BackupTable;
using store::Session;
using store::Store;
using Contents = std::map<std::string, std::vector<std::string>>;

struct Way {
  EngineUnderTest from;
  EngineUnderTest to;
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.from.name << " to " << way.to.name; }

std::vector<Way> ways() {
  std::vector<Way> out;
  for (const EngineUnderTest& from : engines_under_test()) {
    for (const EngineUnderTest& to : engines_under_test()) out.push_back({from, to});
  }
  return out;
}

// What the old store lacks.
constexpr std::string_view rows_of_schema_2 = R"sql(
INSERT INTO discoveries VALUES ('office', NULL, 'set', '{"targets":["10.0.0.0/24"]}');
INSERT INTO secrets VALUES ('desk.token', NULL, '00ff', 'k1', 1700000000, 1700000001);
INSERT INTO runs (id, task, name, started_by, planned_at, started_at, sign_at, outcome, message, counts, lease_worker, lease_epoch, lease_until) VALUES (20, 'vulnerability_scan', '', 'person', 1700000400, 1700000401, 1700000402, 'running', '', '{}', 'w1', 3, 1700000500);
INSERT INTO scan_work (id, run_id, endpoint_id, tier) VALUES (1, 20, 5, 'full');
INSERT INTO tickets VALUES (16, NULL, 'desk', 'k2', 11, 2, 0, 'Vulnerabilities for "Größe" \', '1002', 'INC1002', '', 'New', 1, 0, 1690000000, 1695000000);
)sql";

Contents contents(Store& store) {
  Contents out;
  must(store.read([&](Session& session) -> Status {
    for (const BackupTable& table : store::backup_tables()) {
      auto& rows = out[std::string(table.name)];
      must(session.each_backup_row(table, [&rows](const std::string& row) -> Status {
        rows.push_back(row);
        return {};
      }));
    }
    return {};
  }));
  return out;
}

Status restore(Store& store, const Contents& contents, const std::string& fresh = "") {
  return store.write([&](Session& session) -> Status {
    if (Status begun = session.begin_restore(); !begun) return begun;
    for (const BackupTable& table : store::backup_tables()) {
      std::string rows;
      for (const std::string& row : contents.at(std::string(table.name)))
        rows += (rows.empty() ? "" : ",") + row;
      if (rows.empty()) continue;
      if (Status put = session.restore_rows(table, "[" + rows + "]"); !put) return put;
    }
    return session.end_restore(fresh);
  });
}

class Backup : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    from_home_ = GetParam().from.make_home();
    make_old_store(*from_home_, GetParam().from);
    from_ = must(from_home_->open(clock_));
    from_home_->sql(std::string(rows_of_schema_2));
    to_home_ = GetParam().to.make_home();
    to_ = must(to_home_->open(clock_));
  }

  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  std::unique_ptr<Home> from_home_;
  std::unique_ptr<Store> from_;
  std::unique_ptr<Home> to_home_;
  std::unique_ptr<Store> to_;
};

TEST_P(Backup, CarriesEveryRowOfEveryTable) {
  from_home_->sql(
      "DELETE FROM scan_work; DELETE FROM runs WHERE ended_at IS NULL; UPDATE deliveries SET "
      "lease_worker = NULL, lease_until = NULL");
  const Contents before = contents(*from_);
  for (const auto& [table, rows] : before) EXPECT_FALSE(rows.empty()) << table;
  must(restore(*to_, before));
  Contents after = contents(*to_);
  std::erase_if(after["settings"],
                [](const std::string& row) { return row.starts_with(R"(["hold_deliveries:)"); });
  EXPECT_EQ(after, before);
}

TEST_P(Backup, EndsWhatWasUnderWayAndHoldsDeliveries) {
  must(restore(*to_, contents(*from_)));
  EXPECT_EQ(to_home_->sql("SELECT outcome, ended_at, message FROM runs WHERE id = 20"),
            "failed|1800000000|under way when the backup was made");
  EXPECT_EQ(to_home_->sql("SELECT count(*) FROM runs WHERE lease_worker IS NOT NULL"), "0");
  EXPECT_EQ(to_home_->sql("SELECT count(*) FROM deliveries WHERE lease_worker IS NOT NULL"), "0");
  must(to_->write([](Session& s) { return s.retry_parked({14}); }));
  outbox::Repository& outbox = to_->outbox();
  EXPECT_TRUE(must(outbox.is_held("desk")));
  EXPECT_TRUE(must(outbox.claim("desk", "w", clock_.now(), Seconds(60), 9)).empty());

  // Delivery 14 asks for k1, ticket 16 is open, ticket 15 is closed.
  const auto keys = must(outbox.open_keys("desk"));
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].draft.key, "k1");
  EXPECT_FALSE(keys[0].ticket);
  EXPECT_EQ(keys[1].draft.key, "k2");
  ASSERT_TRUE(keys[1].ticket);
  model::Ticket closed = *keys[1].ticket;
  closed.remote.open = false;
  closed.remote.status = "Closed";
  must(outbox.save_found(closed));
  EXPECT_EQ(must(outbox.open_keys("desk")).size(), 1U);

  must(outbox.release("desk"));
  EXPECT_FALSE(must(outbox.is_held("desk")));
  EXPECT_EQ(must(outbox.claim("desk", "w", clock_.now(), Seconds(60), 9)).size(), 1U);
}

TEST_P(Backup, GivesNoIdTwice) {
  must(restore(*to_, contents(*from_)));
  const auto id = must(to_->write([](Session& s) { return s.begin_run({}, "w", Seconds(60)); })).run.id;
  EXPECT_GT(id.value, 20);
}

// The lost store gave out ids after the backup, and marked notes with them.
TEST_P(Backup, GivesNoDeliveryAnIdThatTheLostStoreMayHaveGiven) {
  Contents carried = contents(*from_);
  const auto finding_then = put_finding(*from_, 7, clock_.now());
  const auto lost = put_delivery(*from_, finding_then, 1, "k", clock_.now()).id.value;
  for (const bool with_deliveries : {true, false}) {
    if (!with_deliveries) {
      carried["deliveries"].clear();
      to_.reset();
      to_home_ = GetParam().to.make_home();
      to_ = must(to_home_->open(clock_));
    }
    must(restore(*to_, carried));
    const auto about = put_finding(*to_, 7, clock_.now());
    const auto made = put_delivery(*to_, about, 1, "k", clock_.now()).id.value;
    EXPECT_GT(made, lost + 9'000'000);
    EXPECT_EQ(put_delivery(*to_, about, 2, "l", clock_.now()).id.value, made + 1);
  }
}

TEST_P(Backup, BecomesAnotherInstallation) {
  Contents carried = contents(*from_);
  for (const BackupTable& table : store::backup_tables()) {
    if (table.of_another == store::OfAnother::forgotten) carried[std::string(table.name)].clear();
  }
  must(restore(*to_, carried, "00000000-0000-4000-8000-000000000001"));
  EXPECT_EQ(must(to_->read([](Session& s) { return s.installation(); })),
            "00000000-0000-4000-8000-000000000001");
  EXPECT_FALSE(must(to_->outbox().is_held("desk")));
  EXPECT_TRUE(must(to_->read([](Session& s) { return s.told(); })).empty());
}

TEST_P(Backup, GoesIntoANewStoreOnly) {
  const Contents carried = contents(*from_);
  must(restore(*to_, carried));
  const Status again = restore(*to_, carried);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
  EXPECT_NE(again.error().message.find("in use"), std::string::npos) << again.error().message;
}

TEST_P(Backup, LeavesNothingWhereItFails) {
  Contents carried = contents(*from_);
  carried["tickets"].push_back(carried["tickets"].front());
  const Contents before = contents(*to_);
  EXPECT_FALSE(restore(*to_, carried));
  EXPECT_EQ(contents(*to_), before);
}

INSTANTIATE_TEST_SUITE_P(Ways, Backup, testing::ValuesIn(ways()),
                         [](const auto& info) { return info.param.from.name + "_to_" + info.param.to.name; });

class BackupTables : public Contract {
 protected:
  std::vector<std::string> lines(const std::string& of_sqlite, const std::string& of_postgresql) {
    std::vector<std::string> out;
    std::istringstream text(home_->sql(GetParam().name == "sqlite" ? of_sqlite : of_postgresql));
    for (std::string line; std::getline(text, line);) out.push_back(line);
    return out;
  }
};

TEST_P(BackupTables, AreAllThatTheSchemaHas) {
  std::vector<std::string> known;
  for (const BackupTable& table : store::backup_tables()) known.emplace_back(table.name);
  for (const std::string_view name : store::tables_left_out()) known.emplace_back(name);
  std::ranges::sort(known);
  auto there = lines("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
                     "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  std::ranges::sort(there);
  EXPECT_EQ(known, there);
  for (const BackupTable& table : store::backup_tables()) {
    std::vector<std::string> columns;
    for (const store::BackupColumn& column : table.columns) columns.emplace_back(column.name);
    EXPECT_EQ(columns,
              lines(fmt::format("SELECT name FROM pragma_table_info('{}') ORDER BY cid", table.name),
                    fmt::format("SELECT column_name FROM information_schema.columns WHERE table_schema = "
                                "'public' AND table_name = '{}' ORDER BY ordinal_position",
                                table.name)))
        << table.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, BackupTables, testing::ValuesIn(engines_under_test()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace certherald::contract
