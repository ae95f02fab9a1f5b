#include "connector/contract_world.hpp"

#include "base/bytes.hpp"

namespace certherald::connector::test {

namespace json = boost::json;

std::vector<System> systems() {
  const std::string token = "11111111-2222-3333-4444-555555555555";
  constexpr auto sdp = model::ConnectionType::servicedesk_plus;
  const std::string way = "ok reachable\nwarning TLS\nok credentials\n";
  return {
      {"servicedesk_plus", "sdp", sdp, "udf_sline_301", token, "POST",
       way + "ok key field\nwarning mandatory fields\n"},
      {"servicedesk_plus_without_key_field", "sdp", sdp, "", token, "POST",
       way + "warning key field\nwarning mandatory fields\n"},
      {"servicenow", "snow", model::ConnectionType::servicenow, "correlation_id", "snow-secret", "PATCH",
       way + "ok key field\nok mandatory fields\n"},
  };
}

std::string system_name(const testing::TestParamInfo<System>& info) { return info.param.label; }

std::string shown(const std::vector<TestLine>& lines) {
  constexpr std::string_view states[] = {"ok", "warning", "failed"};
  std::string out;
  for (const TestLine& line : lines)
    out += fmt::format("{} {}\n", states[static_cast<int>(line.state)], line.what);
  return out;
}

ContractTest::ContractTest(System which) : system(std::move(which)) {
  connection.name = system.label;
  connection.type = system.type;
  connection.url = desk().url(system.name);
  connection.key_field = system.key_field;
  connection.username = "certherald";
  connection.password = model::EnvSecret{"X"};
  connection.auth_token = model::EnvSecret{"X"};
  secrets.value = system.secret;
}

void ContractTest::TearDown() {
  if (violations_allowed) return;
  const auto violations = desk().control("GET", "violations");
  EXPECT_TRUE(violations.as_array().empty()) << json::serialize(violations);
}

model::TicketDraft ContractTest::draft(std::string_view which) {
  model::TicketDraft made;
  made.key = to_hex(as_bytes(std::string(16, 'k') + std::string(which) + std::string(32, '.'))).substr(0, 64);
  made.subject = "SSL Certificate shop.example.com expiry";
  made.body = "The SSL Certificate shop.example.com expiring soon, please take care\n\nSecond paragraph";
  made.urgency = 1;
  made.impact = 2;
  return made;
}

template <class T, class Call>
T ContractTest::call(Call make) {
  net::test::World world;
  net::StaticResolver names;
  net::CurlHttpClient http(world.executor(), names);
  const auto connector = make_connector(connection, http, secrets);
  return world.run(make(*connector, net::Deadline::after(patience)));
}

model::Outcome ContractTest::find(const model::TicketDraft& draft) {
  return call<model::Outcome>([&](Connector& c, net::Deadline d) { return c.find(draft, d); });
}

model::Outcome ContractTest::read(const model::RemoteTicket& ticket, const model::TicketDraft& draft) {
  return call<model::Outcome>([&](Connector& c, net::Deadline d) { return c.read(ticket, draft, d); });
}

model::Outcome ContractTest::create(const model::TicketDraft& draft) {
  return call<model::Outcome>([&](Connector& c, net::Deadline d) { return c.create(draft, d); });
}

model::Outcome ContractTest::find_note(const model::RemoteTicket& ticket, const std::string& marker) {
  return call<model::Outcome>([&](Connector& c, net::Deadline d) { return c.find_note(ticket, marker, d); });
}

model::Outcome ContractTest::add_note(const model::RemoteTicket& ticket, const model::TicketDraft& note,
                                      const std::string& marker) {
  return call<model::Outcome>(
      [&](Connector& c, net::Deadline d) { return c.add_note(ticket, note, marker, d); });
}

std::vector<TestLine> ContractTest::test(TestTicket ticket) {
  return call<std::vector<TestLine>>([&](Connector& c, net::Deadline d) { return c.test(ticket, d); });
}

json::array ContractTest::tickets() const {
  return desk().control("GET", "tickets?system=" + system.name).as_array();
}

json::object ContractTest::only_ticket() const {
  const auto all = tickets();
  EXPECT_EQ(all.size(), 1U);
  return all.size() == 1 ? all[0].as_object() : json::object();
}

void ContractTest::seed(int count) const {
  const json::value body = {{"system", system.name}, {"count", count}, {"subject", draft().subject}};
  desk().control("POST", "seed", json::serialize(body));
}

void ContractTest::fault(const std::string& method, const std::string& action) {
  const json::object match = {{"system", system.name}, {"method", method}};
  json::object rule = {{"match", match}, {"times", nullptr}, {"action", action}};
  if (action == "status_429") rule["retry_after"] = "7";
  if (action == "slow_body") {
    rule["ms"] = 20'000;
    patience = Millis(300);
  }
  desk().control("POST", "faults", json::serialize(json::array{rule}));
}

std::int64_t ContractTest::applied(const std::string& action) {
  const auto counts = desk().control("GET", "faults").at("applied").as_object();
  return counts.contains(action) ? counts.at(action).as_int64() : 0;
}

}  // namespace certherald::connector::test
