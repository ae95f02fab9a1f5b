// How a certificate was issued: judged of certificates that OpenSSL makes here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/time_text.hpp"
#include "codec/x509/test_authority.hpp"
#include "codec/x509/test_files.hpp"
#include "scan/checks/checks.hpp"

namespace certherald::scan {
namespace {

using codec::x509::TestAuthority;
using codec::x509::TestLeaf;
using codec::x509::TestLog;
using model::Verdict;
using testing::HasSubstr;

const Instant now = *from_iso8601("2026-05-24T02:33:07Z");

// A root that browsers ship, one that they do not, and an intermediate of each.
struct World {
  TestAuthority root{"Public Root"};
  TestAuthority middle{"Public Intermediate", &root};
  TestAuthority own_root{"Own Root"};
  TestAuthority own_middle{"Own Intermediate", &own_root};
  codec::x509::TrustStore trust = *codec::x509::TrustStore::from(
      std::vector{root.certificate(), own_root.certificate()}, {root.certificate().sha256});
  ReferenceLists lists;

  [[nodiscard]] model::CheckResult check(const std::string& id,
                                         const std::vector<model::Certificate>& chain) const {
    model::Observation observation;
    observation.endpoint = *model::make_endpoint_key("shop.example.com", 443);
    observation.status = model::ScanStatus::scanned;
    observation.chain = chain;
    Facts facts = make_facts(model::Tier::full);
    for (const model::Certificate& one : chain) facts.chain.push_back(one.der);
    CheckContext context;
    context.now = now;
    context.trust = &trust;
    context.lists = &lists;
    const std::vector<std::string> wanted = {id};
    auto results = run_checks(observation, facts, context, model::Tier::full, wanted);
    EXPECT_EQ(results.size(), 1U);
    return results.at(0);
  }
  [[nodiscard]] model::CheckResult check(const std::string& id, const TestLeaf& leaf) const {
    return check(id, {middle.issue(leaf), middle.certificate()});
  }
};

void expect(const model::CheckResult& result, Verdict verdict, const std::string& says) {
  EXPECT_EQ(result.verdict, verdict) << result.id << ": " << result.reason;
  EXPECT_THAT(result.reason, HasSubstr(says));
  EXPECT_EQ(result.evidence.contains("certificate"), verdict == Verdict::affected);
}

TEST(IncompleteChain, IsToldOnlyWhereTheMissingOneIsKnown) {
  World world;
  const auto leaf = world.middle.issue({});
  expect(world.check("incomplete_chain", {leaf, world.middle.certificate()}), Verdict::not_affected,
         "complete");
  expect(world.check("incomplete_chain", {leaf}), Verdict::inconclusive, "CN=Public Intermediate is missing");
  const auto linked = world.middle.issue({.extra = "authorityInfoAccess=caIssuers;URI:http://ca.test/i.crt"});
  expect(world.check("incomplete_chain", {linked}), Verdict::inconclusive, "(it says http://ca.test/i.crt)");

  world.lists.intermediates = {world.own_middle.certificate(), world.middle.certificate()};
  const auto found = world.check("incomplete_chain", {leaf});
  expect(found, Verdict::affected, "an intermediate certificate was not sent");
  EXPECT_EQ(found.evidence.at("missing"), "CN=Public Intermediate");
  EXPECT_EQ(model::find_check("untrusted_chain")->subsumed_by, "incomplete_chain");
}

TEST(IncompleteChain, FindsSeveralAndLeavesOtherFaultsAlone) {
  World world;
  const TestAuthority low("Low Intermediate", &world.middle);
  world.lists.intermediates = {world.middle.certificate(), low.certificate()};
  const auto deep = world.check("incomplete_chain", {low.issue({})});
  expect(deep, Verdict::affected, "2 intermediate certificates were not sent");
  EXPECT_EQ(deep.evidence.at("missing"), "CN=Low Intermediate\nCN=Public Intermediate");

  const TestAuthority stranger("Stranger");
  expect(world.check("incomplete_chain", {stranger.issue({}), stranger.certificate()}), Verdict::not_affected,
         "its own issuer");
  expect(world.check("incomplete_chain", {stranger.issue({})}), Verdict::inconclusive, "CN=Stranger");
  expect(world.check("incomplete_chain", {stranger.certificate()}), Verdict::not_affected, "its own issuer");
}

// What no path uses is no alarm.
TEST(IncompleteChain, AnExpiredCertificateBesideThePathDoesNotCount) {
  const World world;
  const auto old = world.own_root.issue({.name = "Public Intermediate",
                                         .extra = "basicConstraints=critical,CA:TRUE",
                                         .start = "20100101000000Z",
                                         .end = "20200101000000Z"});
  expect(world.check("incomplete_chain", {world.middle.issue({}), old, world.middle.certificate()}),
         Verdict::not_affected, "complete");
}

struct ValidityRow {
  const char* start;
  const char* end;
  Verdict verdict;
  const char* says;
};

class ValidityTooLong : public testing::TestWithParam<ValidityRow> {};

TEST_P(ValidityTooLong, AsTheRulesOfItsDayHaveIt) {
  const World world;
  expect(world.check("validity_too_long", TestLeaf{.start = GetParam().start, .end = GetParam().end}),
         GetParam().verdict, GetParam().says);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ValidityTooLong,
    testing::Values(
        ValidityRow{"20260401000000Z", "20261017235959Z", Verdict::not_affected, "200 days of 200"},
        ValidityRow{"20260401000000Z", "20261018000000Z", Verdict::affected, "201 days, and 200 are allowed"},
        ValidityRow{"20260314235959Z", "20270416235958Z", Verdict::not_affected, "398 days of 398"},
        ValidityRow{"20260315000000Z", "20270416235958Z", Verdict::affected,
                    "200 are allowed for one of 2026"},
        ValidityRow{"20270315000000Z", "20270622235959Z", Verdict::not_affected, "100 days of 100"},
        ValidityRow{"20290315000000Z", "20290501000000Z", Verdict::affected, "48 days, and 47"},
        ValidityRow{"20190101000000Z", "20210405000000Z", Verdict::affected, "826 days, and 825"},
        ValidityRow{"20160101000000Z", "20190101000000Z", Verdict::not_affected, "of 1188"}),
    [](const auto& info) { return fmt::format("row_{}", info.index); });

TEST(PublicRules, BindPublicAuthoritiesAlone) {
  const World world;
  const TestLeaf long_lived{.end = "20350101000000Z"};
  for (const char* id : {"validity_too_long", "sct_missing"}) {
    expect(world.check(id, {world.own_middle.issue(long_lived), world.own_middle.certificate()}),
           Verdict::not_applicable, "only those are held to this rule");
    expect(world.check(id, {world.middle.issue(long_lived)}), Verdict::not_applicable, "no path");
  }
}

TEST(MissingSan, CommonNamesDoNotCount) {
  const World world;
  expect(world.check("missing_san", TestLeaf{}), Verdict::not_affected, "has subject alternative names");
  const auto found = world.check("missing_san", TestLeaf{.extra = ""});
  expect(found, Verdict::affected, "its common name does not count");
  EXPECT_EQ(found.evidence.at("common_name"), "shop.example.com");
  expect(world.check("missing_san", TestLeaf{.extra = "subjectAltName=email:a@example.com"}),
         Verdict::affected, "");
  expect(world.check("hostname_mismatch", TestLeaf{.extra = ""}), Verdict::not_applicable, "told separately");
}

codec::x509::CtLog known(const TestLog& log, std::string operated_by) {
  codec::x509::CtLog out;
  out.key = codec::x509::der_of(log.key.get());
  std::ranges::copy(log.id(), out.id.begin());
  out.operated_by = std::move(operated_by);
  out.counts = true;
  return out;
}

TEST(SctMissing, CountsWhatIsEmbeddedAndWhatVerifies) {
  World world;
  const TestLog one;
  const TestLog two;
  const TestLog three;
  expect(world.check("sct_missing", TestLeaf{}), Verdict::affected, "embeds 0 timestamps of the 3");
  const TestLeaf short_lived{.end = "20260601000000Z", .logs = {&one, &two}};
  expect(world.check("sct_missing", TestLeaf{.end = "20261231000000Z", .logs = {&one, &two}}),
         Verdict::affected, "embeds 2 timestamps of the 3");
  expect(world.check("sct_missing", short_lived), Verdict::inconclusive, "without a list of logs");

  auto& logs = world.lists.ct_logs.emplace();
  logs.dated = now;
  logs.logs = {known(one, "A"), known(two, "B")};
  expect(world.check("sct_missing", short_lived), Verdict::not_affected, "2 timestamps verify");
  expect(world.check("sct_missing", TestLeaf{.end = "20260601000000Z", .logs = {&one, &one}}),
         Verdict::affected, "1 of 2 timestamps verify");
  expect(world.check("sct_missing", TestLeaf{.end = "20260601000000Z", .logs = {&one, &three}}),
         Verdict::inconclusive, "1 timestamps verify, 1 are of logs");
  logs.logs[1].operated_by = "A";
  expect(world.check("sct_missing", short_lived), Verdict::affected, "one operator");
  logs.logs[1] = known(two, "B");
  logs.logs[1].retired_at = Instant(Seconds(1'780'000'000));
  expect(world.check("sct_missing", short_lived), Verdict::affected, "1 of 2");
  logs.logs[1].key = logs.logs[0].key;  // a log's name with another's key
  expect(world.check("sct_missing", short_lived), Verdict::affected, "1 of 2");
}

TEST(DistrustedCa, IsToldByRootAndByNameFromItsDayOn) {
  World world;
  expect(world.check("distrusted_ca", TestLeaf{}), Verdict::not_affected, "");
  const std::string root = world.root.certificate().sha256;
  world.lists.distrusted = {{root, "", from_iso8601("2026-03-31T23:59:59Z"), "told so"}};
  const auto found = world.check("distrusted_ca", TestLeaf{});
  expect(found, Verdict::affected, "distrust: told so");
  EXPECT_EQ(found.evidence.at("authority"), root);
  world.lists.distrusted.front().after = *from_iso8601("2026-04-01T23:59:59Z");
  expect(world.check("distrusted_ca", TestLeaf{}), Verdict::not_affected, "");
  world.lists.distrusted = {{"", "Stranger", std::nullopt, "gone"}};
  const TestAuthority stranger("Stranger");
  expect(world.check("distrusted_ca", {stranger.issue({})}), Verdict::affected, "gone");
  // Beside the path it says nothing.
  expect(world.check("distrusted_ca",
                     {world.middle.issue({}), world.middle.certificate(), stranger.certificate()}),
         Verdict::not_affected, "");
}

TEST(KnownKey, IsToldWithWhereItIsPublished) {
  World world;
  const auto leaf = world.middle.issue({});
  expect(world.check("known_key", {leaf}), Verdict::not_affected, "");
  world.lists.known_keys = *codec::x509::KnownKeys::parse("@ some library\n" + leaf.key.spki_sha256);
  expect(world.check("known_key", {leaf}), Verdict::affected, "the private key is public: some library");
}

TEST(ReferenceLists, AreBuiltInAndReplacedByFiles) {
  EXPECT_GT(built_in_lists().distrusted.size(), 20U);
  EXPECT_GE(built_in_lists().known_keys.size(), 10U);
  EXPECT_FALSE(built_in_lists().ct_logs);
  EXPECT_FALSE(load_lists("/nowhere"));
  const std::string folder = testing::TempDir() + "/lists_" + std::to_string(::getpid());
  ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
  const auto put = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder + "/" + name) << text;
  };
  put("known_keys.txt", std::string(64, '0'));
  EXPECT_EQ(load_lists(folder)->known_keys.size(), 1U);
  EXPECT_EQ(load_lists(folder)->distrusted.size(), built_in_lists().distrusted.size());
  put("ct_logs.json", "{}");
  EXPECT_THAT(load_lists(folder).error().message, HasSubstr(folder + "/ct_logs.json"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace certherald::scan
