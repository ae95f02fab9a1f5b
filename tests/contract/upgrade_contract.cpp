// Stores that an older version made.
#include <fstream>
#include <map>
#include <sstream>

#include "contract.hpp"

namespace certherald::contract {
namespace {

using store::Session;
using store::Store;

std::string first_step() {
  std::ifstream file(CERTHERALD_SOURCE_DIR "/db/migrations/0001_initial.sql");
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().empty()) throw std::runtime_error("db/migrations/0001_initial.sql is not there");
  return text.str();
}

// A row in every table, in an order that references allow; both engines read it.
constexpr std::string_view rows_of_schema_1 = R"sql(
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL);
INSERT INTO schema_migrations VALUES (1, 'initial', 1700000000);
INSERT INTO installation VALUES (1, '2b6f0cc9-04a3-4f0e-9d3c-7a1c9f6f2f10', 1700000000);
INSERT INTO settings VALUES ('scan', '{"trust":["system"]}');
INSERT INTO owners (id, name) VALUES (3, 'web-team');
INSERT INTO endpoints VALUES (5, NULL, 'shop.example.com', 443, 'shop.example.com', '', '', 3, '["prod"]', 'set', 0, 1700000100, 1700000001);
INSERT INTO endpoints VALUES (6, NULL, 'gone.example.com', 443, '', '', '', NULL, '[]', '', 1, NULL, 1700000002);
INSERT INTO certificates VALUES (7, NULL, '00000000000000000000000000000000000000000000000000000000000000aa', 'CN=shop.example.com', 'shop.example.com', '["shop.example.com"]', '[]', 'CN=CA', '0a', 1690000000, 1800000000, 'sha256WithRSAEncryption', 'rsa', 2048, '', 'ff', 0, 0, 0, 1, 1700000100);
INSERT INTO deployments VALUES (8, 5, '192.0.2.1', 7, 1700000100, 1700000200, 1);
INSERT INTO observations_latest VALUES (5, '192.0.2.1', 1700000200, 'scanned', '{"full":"d"}', '{"chain":["00000000000000000000000000000000000000000000000000000000000000aa"]}');
INSERT INTO observation_history VALUES (9, 5, '192.0.2.1', 1700000100, 'scanned', '{}');
INSERT INTO findings VALUES (11, NULL, 'weak_ciphers', 'endpoint', 'endpoint:-:shop.example.com:443:shop.example.com:-', 'high', 'open', 2, 1700000100, 1700000200, NULL, NULL);
INSERT INTO finding_places VALUES (11, 5, '192.0.2.1', 'affected', 1700000200, NULL, 0, '3DES', '{"ciphers":"x"}');
INSERT INTO policies VALUES ('mine', NULL, 'set', '{"kind":"vulnerability","max_new":7}');
INSERT INTO connections VALUES ('desk', NULL, 'set', '{"type":"servicenow","url":"https://desk.example.com"}');
INSERT INTO schedules VALUES ('nightly', NULL, 'set', 'vulnerability_scan', 'FREQ=DAILY', 'Europe/Berlin', 1, 1700000003);
INSERT INTO runs VALUES (12, 'vulnerability_scan', 'nightly', 'person', 1700000150, 1700000151, 1700000260, 1700000260, 'succeeded', 'fine', '{"endpoints":1}');
INSERT INTO notices VALUES (13, 11, 2, 'mine', 'desk', 0, 'create', 1700000150, 12);
INSERT INTO deliveries VALUES (14, 13, 'desk', 'create', 'k1', '{"subject":"Vulnerabilities for shop.example.com"}', 'parked', 0, 3, 1, 1700000150, 1700000300, 1700000200, 1700000250, 'no answer', 'w1', 4, 1700000290, 60);
INSERT INTO tickets VALUES (15, NULL, 'desk', 'k0', 11, 1, 0, 'Vulnerabilities for shop.example.com', '1001', 'INC1001', 'https://desk.example.com/1001', 'Closed', 0, 0, 1690000000, 1695000000);
)sql";

constexpr std::string_view der_row =
    "INSERT INTO certificate_der VALUES (7, {}); SELECT count(*) FROM certificate_der";

// The columns of the first schema, table by table.
const std::map<std::string, std::string> tables = {
    {"installation", "id, uuid, created_at"},
    {"settings", "name, value"},
    {"owners", "id, tenant_id, name"},
    {"endpoints",
     "id, host, port, sni, address, starttls, owner_id, tags, managed_by, retired, last_seen, created_at"},
    {"certificates",
     "id, sha256, subject, common_name, dns_names, ip_addresses, issuer, serial, not_before, not_after, "
     "signature_algorithm, key_type, key_bits, key_curve, spki_sha256, is_ca, self_signed, imported, in_use, "
     "first_seen"},
    {"certificate_der", "certificate_id, length(der)"},
    {"deployments", "id, endpoint_id, address, certificate_id, first_seen, last_seen, is_current"},
    {"observations_latest", "endpoint_id, address, at, status, digests, body"},
    {"observation_history", "id, endpoint_id, address, at, status, body"},
    {"findings",
     "id, check_id, subject_kind, subject, severity, status, episode, first_seen, last_seen, resolved_at, "
     "accepted_until"},
    {"finding_places",
     "finding_id, endpoint_id, address, last_verdict, last_affected, good_since, verified_good, reason, "
     "evidence"},
    {"policies", "name, managed_by, body"},
    {"connections", "name, managed_by, body"},
    {"schedules", "name, managed_by, task, rrule, time_zone, enabled, created_at"},
    {"runs",
     "id, task, name, started_by, planned_at, started_at, ended_at, sign_at, outcome, message, counts"},
    {"notices", "id, finding_id, episode, policy, connection, period, kind, planned_at, run_id"},
    {"deliveries",
     "id, notice_id, connection, kind, ticket_key, draft, state, is_final, attempts, creates, created_at, "
     "next_at, sent_at, updated_at, last_error, lease_worker, lease_epoch, lease_until, lease_seconds"},
    {"tickets",
     "id, connection, ticket_key, finding_id, episode, period, subject, remote_id, number, url, status, "
     "is_open, duplicates, created_at, updated_at"},
};

std::map<std::string, std::string> contents(Home& home) {
  std::map<std::string, std::string> out;
  for (const auto& [table, columns] : tables) {
    out[table] = home.sql(fmt::format("SELECT {} FROM {} ORDER BY 1, 2", columns, table));
    if (out[table].empty()) throw std::runtime_error(table + " has no row");
  }
  return out;
}

class Upgrade : public Contract {
 protected:
  void SetUp() override {
    home_ = GetParam().make_home();
    make_old_store(*home_, GetParam());
  }
};

TEST_P(Upgrade, keeps_every_row_of_the_first_schema) {
  const auto before = contents(*home_);
  const auto refused = home_->open(clock_, store::Migrate::no);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is older"), std::string::npos) << refused.error().message;
  const auto store = must(home_->open(clock_));
  EXPECT_EQ(must(store->schema_version()), Store::newest_schema());
  EXPECT_EQ(must(store->migrate()), 0);
  EXPECT_EQ(contents(*home_), before);
  EXPECT_EQ(store->installation(), "2b6f0cc9-04a3-4f0e-9d3c-7a1c9f6f2f10");
}

// What a list shows, a line for each row.
template <class Row, class Show>
std::vector<std::string> shown(Status (Session::*list)(const store::Visitor<Row>&), Session& session,
                               const Show& show) {
  std::vector<std::string> out;
  must((session.*list)([&](const Row& row) -> Status {
    out.push_back(show(row));
    return {};
  }));
  return out;
}

TEST_P(Upgrade, lists_what_was_there) {
  const auto store = must(home_->open(clock_));
  using Lines = std::vector<std::string>;
  must(store->read([&](Session& s) -> Status {
    EXPECT_EQ(shown<store::EndpointRow>(&Session::each_endpoint, s,
                                        [](const auto& row) {
                                          return fmt::format("{} {} {} {}", row.endpoint.id.value,
                                                             display_name(row.endpoint.key),
                                                             row.endpoint.owner, row.leaf_common_name);
                                        }),
              Lines{"5 shop.example.com:443 web-team shop.example.com"});
    EXPECT_EQ(shown<store::TicketRow>(&Session::each_ticket, s,
                                      [](const auto& row) {
                                        return fmt::format("{} {} {}", row.ticket.id.value,
                                                           row.ticket.remote.number, row.check);
                                      }),
              Lines{"15 INC1001 weak_ciphers"});
    EXPECT_EQ(
        shown<model::Run>(&Session::each_run, s,
                          [](const model::Run& run) { return fmt::format("{} {}", run.id.value, run.name); }),
        Lines{"12 nightly"});
    const auto schedules = must(s.schedules());
    EXPECT_EQ(schedules.size(), 1U);  // what a person took away does not come back
    EXPECT_EQ(schedules.at(0).schedule.rrule, "FREQ=DAILY");
    EXPECT_EQ(must(s.policies()).at(0).policy.max_new, 7);
    EXPECT_EQ(must(s.connections()).at(0).connection.url, "https://desk.example.com");
    EXPECT_EQ(must(s.finding({11}))->places.size(), 1U);
    EXPECT_EQ(must(s.latest_observations({"shop.example.com", 443, "shop.example.com", "", ""}))
                  .at(0)
                  .chain.at(0)
                  .der,
              (Bytes{0x30, 0x82}));
    EXPECT_EQ(must(s.told()).size(), 1U);
    return {};
  }));
  // And goes on: ids do not begin anew, and the parked delivery can be tried again.
  must(store->write([](Session& s) { return s.retry_parked({14}); }));
  const auto claimed = must(store->outbox().claim("desk", "w2", clock_.now(), Seconds(60), 9));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].lease.epoch, 5);
}

INSTANTIATE_TEST_SUITE_P(Engines, Upgrade, testing::ValuesIn(engines_under_test()),
                         [](const auto& info) { return info.param.name; });

}  // namespace

void make_old_store(Home& home, const EngineUnderTest& engine) {
  home.sql(home.spelled(first_step()));
  home.sql(std::string(rows_of_schema_1));
  home.sql(fmt::format(fmt::runtime(der_row), engine.name == "sqlite" ? "x'3082'" : "'\\x3082'"));
}

}  // namespace certherald::contract
