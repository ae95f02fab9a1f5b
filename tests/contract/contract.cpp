#include "contract.hpp"

#include <stdlib.h>

#include <filesystem>

#include "base/bytes.hpp"

namespace certherald::contract {
namespace {

class SqliteHome final : public Home {
 public:
  Result<std::unique_ptr<store::Store>> open(const Clock& clock, store::Migrate migrate) override {
    return store::Store::open({"sqlite:" + folder_.path() + "/store", migrate, Seconds(20)}, clock, random_);
  }

 private:
  TemporaryFolder folder_;
  SystemRandom random_;
};

const std::vector<EngineUnderTest> engines = {{"sqlite", [] { return std::make_unique<SqliteHome>(); }}};

std::string fingerprint(int n) { return fmt::format("{:064x}", n); }

}  // namespace

INSTANTIATE_TEST_SUITE_P(Engines, Contract, testing::ValuesIn(engines),
                         [](const auto& info) { return info.param.name; });

void Contract::SetUp() {
  home_ = GetParam().make_home();
  store_ = open_another();
}

std::unique_ptr<store::Store> Contract::open_another() { return must(home_->open(clock_)); }

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "certherald-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

model::Certificate certificate(int n, Instant not_after) {
  model::Certificate out;
  out.sha256 = fingerprint(n);
  out.der = {0x30, 0x82, static_cast<std::uint8_t>(n), 0x00, 0xff};
  out.subject = fmt::format("CN=host{}.example.com,O=\"a, 'b' \u00e9\"", n);
  out.common_name = fmt::format("host{}.example.com", n);
  out.dns_names = {out.common_name, "*.example.com"};
  out.ip_addresses = {"192.0.2.7", "2001:db8::7"};
  out.issuer = "CN=Test CA";
  out.serial = fmt::format("0a{:02x}", n % 256);
  out.not_before = not_after - Seconds(90 * 86'400);
  out.not_after = not_after;
  out.signature_algorithm = "ecdsa-with-SHA256";
  out.key = {"ec", 256, "P-256", fingerprint(1'000'000 + n)};
  out.is_ca = n % 2 == 1;
  out.self_signed = n % 3 == 1;
  return out;
}

model::EndpointKey key(int n) { return {fmt::format("host{}.example.com", n), 443, "", "", ""}; }

model::Endpoint endpoint(int n) {
  return {{}, key(n), n % 2 == 0 ? "web-team" : "", {"prod", fmt::format("tag{}", n)}};
}

model::Observation observation(const model::EndpointKey& where, const std::string& address, Instant at,
                               const model::Certificate& leaf) {
  model::Observation out;
  out.endpoint = where;
  out.address = address;
  out.at = at;
  out.status = model::ScanStatus::scanned;
  out.versions = {{model::ProtocolVersion::tls12, {{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}},
                  {model::ProtocolVersion::tls13, {}}};
  out.groups = {"x25519"};
  out.chain = {leaf, certificate(999, at + Seconds(86'400 * 3'650))};
  out.checks = {{"weak_ciphers", model::Verdict::affected, "3DES", {{"ciphers", "a\nb"}}},
                {"weak_key", model::Verdict::inconclusive, "cut off", {}}};
  out.connections = 7;
  out.bytes_received = 5'000'000'000;
  out.duration = Millis(34);
  return out;
}

model::Finding finding(int n, Instant at) {
  model::Finding out;
  out.check = "weak_ciphers";
  out.subject = {model::SubjectKind::endpoint, subject_text(key(n))};
  out.severity = model::Severity::high;
  out.first_seen = at;
  out.last_seen = at;
  model::FindingPlace place;
  place.endpoint = key(n);
  place.address = fmt::format("192.0.2.{}", n % 250);
  place.last_affected = at;
  place.reason = "3DES is accepted";
  place.evidence = {{"ciphers", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}};
  out.places = {place};
  return out;
}

model::Notice notice(model::FindingId finding, std::int64_t period, Instant planned_at) {
  model::Notice out;
  out.finding = finding;
  out.policy = "vulnerable";
  out.connection = "desk";
  out.period = period;
  out.planned_at = planned_at;
  return out;
}

model::Delivery delivery(model::NoticeId id, const std::string& ticket_key, Instant at) {
  model::Delivery out;
  out.notice = id;
  out.connection = "desk";
  out.draft = {ticket_key,
               "Vulnerabilities for shop.example.com",
               "line\nline \u00e9",
               model::Severity::critical,
               1,
               3,
               {{"owner", "web-team"}}};
  out.created_at = at;
  out.next_at = at;
  return out;
}

model::Finding put_finding(store::Store& store, int n, Instant at) {
  return must(store.write([&](store::Session& session) -> Result<model::Finding> {
    if (auto put = session.put(endpoint(n), ""); !put) return fail(put.error());
    return session.save(finding(n, at));
  }));
}

model::Delivery put_delivery(store::Store& store, const model::Finding& about, std::int64_t period,
                             const std::string& ticket_key, Instant at) {
  return must(store.write([&](store::Session& session) -> Result<model::Delivery> {
    const auto told = session.add(notice(about.id, period, at));
    if (!told) return fail(told.error());
    return session.add(delivery(told->id, ticket_key, at));
  }));
}

void observe(store::Store& store, const model::Observation& seen) {
  must(store.write([&](store::Session& session) -> Status {
    const auto known = session.known_address(seen.endpoint, seen.address);
    if (!known) return fail(known.error());
    return session.apply(seen, inventory::reconcile(*known, seen));
  }));
}

}  // namespace certherald::contract
