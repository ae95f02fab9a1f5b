// The checks that follow from versions, suites and key exchange, as tables over facts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "codec/tls/cipher_suites.hpp"
#include "scan/checks/checks.hpp"

namespace certherald::scan {
namespace {

using model::Verdict;
using testing::HasSubstr;
using enum model::ProtocolVersion;

constexpr auto yes = Verdict::affected;
constexpr auto no = Verdict::not_affected;
constexpr auto unsure = Verdict::inconclusive;
constexpr auto not_asked = Verdict::not_applicable;

// Facts in which every version is refused, until accepted.
class Server {
 public:
  Server() : facts(make_facts(model::Tier::full)) {
    for (VersionFacts& row : facts.versions) {
      row.acceptance = Acceptance::refused;
      row.complete = true;
    }
  }

  Server& accept(model::ProtocolVersion version, std::vector<std::uint32_t> ciphers, bool complete = true) {
    VersionFacts& row = facts.of(version);
    row.acceptance = Acceptance::accepted;
    row.ciphers = std::move(ciphers);
    row.complete = complete;
    row.proofs.assign(row.ciphers.size(), {"1603", "15", "accepted with it", Millis(3), 1, 2});
    return *this;
  }
  Server& open(model::ProtocolVersion version) {
    facts.of(version).acceptance = Acceptance::unknown;
    facts.of(version).ending = "no answer in 10s";
    return *this;
  }
  Server& order(model::ProtocolVersion version, SuiteOrder order) {
    facts.of(version).order = order;
    return *this;
  }
  Server& encrypts_then_macs(model::ProtocolVersion version, std::vector<std::uint32_t> ciphers) {
    facts.of(version).encrypt_then_mac = std::move(ciphers);
    return *this;
  }
  Server& group(Bytes prime, std::vector<std::string> values, Bytes generator = {2}) {
    DhGroup& row = facts.dh_groups.emplace_back();
    row.bits = static_cast<int>(prime.size() * 8);
    row.prime = std::move(prime);
    row.generator = std::move(generator);
    row.cipher = 0x0033;
    row.values = std::move(values);
    return *this;
  }
  Server& also(const std::function<void(Facts&)>& change) {
    change(facts);
    return *this;
  }

  [[nodiscard]] model::CheckResult check(const std::string& id) const {
    model::Observation observation;
    observation.endpoint = *model::make_endpoint_key("shop.example.com", 443);
    observation.status = model::ScanStatus::scanned;
    observation.address = "192.0.2.1";
    const std::vector<std::string> wanted = {id};
    auto results = run_checks(observation, facts, {}, model::Tier::full, wanted);
    return results.size() == 1 ? results.front() : model::CheckResult{};
  }

  Facts facts;
};

constexpr std::uint32_t ecdhe_gcm = 0xc02f;
constexpr std::uint32_t ecdhe_cbc = 0xc013;
constexpr std::uint32_t rsa_gcm = 0x009c;
constexpr std::uint32_t rsa_cbc = 0x002f;
constexpr std::uint32_t dhe_cbc = 0x0033;
constexpr std::uint32_t rsa_3des = 0x000a;
constexpr std::uint32_t rsa_rc4 = 0x0005;
constexpr std::uint32_t rsa_null = 0x0002;
constexpr std::uint32_t rsa_idea = 0x0007;
constexpr std::uint32_t anon_aes = 0x0034;
constexpr std::uint32_t anon_rc4 = 0x0018;
constexpr std::uint32_t anon_export = 0x0019;  // DES40
constexpr std::uint32_t rsa_export_rc4 = 0x0003;
constexpr std::uint32_t dhe_export = 0x0014;
constexpr std::uint32_t ssl2_rc4 = 0x010080;
constexpr std::uint32_t ssl2_export = 0x020080;

struct Row {
  const char* check;
  Server server;
  Verdict verdict;
  const char* says;
};

class SuiteChecks : public testing::TestWithParam<Row> {};

TEST_P(SuiteChecks, Verdict) {
  const auto result = GetParam().server.check(GetParam().check);
  EXPECT_EQ(result.verdict, GetParam().verdict) << result.reason;
  EXPECT_THAT(result.reason, HasSubstr(GetParam().says));
  EXPECT_EQ(result.evidence.empty(), GetParam().verdict != yes);
}

const Server fine = Server().accept(tls12, {ecdhe_gcm}).accept(tls13, {0x1301});
const Server cut = Server().accept(tls12, {ecdhe_gcm}, false);
const Server lost = Server().accept(tls12, {ecdhe_gcm}).open(tls10);

std::string name_of(const testing::TestParamInfo<Row>& info) {
  return fmt::format("{}_{}", info.param.check, info.index);
}

std::vector<Row> suite_rows() {
  std::vector<Row> rows = {
      {"null_ciphers", Server().accept(tls12, {ecdhe_gcm, rsa_null}), yes, "1 NULL cipher suite is accepted"},
      {"null_ciphers", Server().accept(ssl2, {0xff8010}), yes, "1 NULL"},
      {"anonymous_ciphers", Server().accept(tls12, {anon_aes, anon_rc4}), yes,
       "2 anonymous suites are accepted"},
      {"export_ciphers", Server().accept(tls10, {rsa_export_rc4}), yes, "1 EXPORT suite is accepted"},
      {"export_ciphers", Server().accept(ssl2, {ssl2_export}), yes, "1 EXPORT"},
      {"rc4", Server().accept(tls12, {anon_rc4, rsa_rc4}), yes, "2 RC4 suites are accepted"},
      {"rc4", Server().accept(ssl2, {ssl2_rc4}), yes, "1 RC4"},
      {"rc4", Server().accept(tls12, {rsa_cbc, rsa_3des}), no, "no RC4 suite is accepted"},
      {"sweet32", Server().accept(tls12, {rsa_3des}), yes, "1 suite with 64-bit blocks is accepted"},
      {"sweet32", Server().accept(tls10, {rsa_idea, anon_export}), yes, "2 suites with 64-bit blocks are"},
      {"sweet32", Server().accept(tls12, {rsa_cbc, rsa_rc4}), no, ""},
      {"beast", Server().accept(tls10, {ecdhe_cbc}), yes, "1 CBC suite of SSL 3.0 or TLS 1.0 is accepted"},
      {"beast", Server().accept(ssl3, {rsa_3des, rsa_rc4}), yes, "1 CBC"},
      {"beast", Server().accept(tls11, {rsa_cbc}).accept(tls12, {rsa_cbc}), no, ""},
      {"beast", Server().accept(tls10, {rsa_rc4}), no, ""},
      {"lucky13", Server().accept(tls12, {ecdhe_gcm, rsa_cbc}), yes,
       "1 CBC suite without encrypt-then-MAC is"},
      {"lucky13", Server().accept(tls12, {rsa_cbc}).encrypts_then_macs(tls12, {rsa_cbc}), no, ""},
      {"lucky13", Server().accept(tls12, {rsa_cbc, ecdhe_cbc}).encrypts_then_macs(tls12, {rsa_cbc}), yes,
       "1 CBC"},
      {"lucky13", Server().accept(ssl2, {0x0700c0}).accept(tls12, {ecdhe_gcm}), no, ""},
  };
  for (const char* check : {"null_ciphers", "anonymous_ciphers", "export_ciphers", "rc4", "sweet32", "beast",
                            "lucky13", "freak", "logjam", "dh_weak", "dh_reuse"}) {
    rows.push_back({check, fine, no, "accepted"});
    rows.push_back({check, cut, unsure, "the suites of TLS 1.2 were not enumerated to the end"});
    rows.push_back({check, lost, unsure, "whether TLS 1.0 is accepted could not be told: no answer in 10s"});
    rows.push_back({check, Server(fine).open(ssl2), no, ""});  // SSL 2.0 is told by its own check
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Suites, SuiteChecks, testing::ValuesIn(suite_rows()), name_of);

const Server by_client = Server().accept(tls12, {ecdhe_gcm, rsa_cbc}).order(tls12, SuiteOrder::client);
const Server by_server = Server().accept(tls12, {ecdhe_gcm, rsa_cbc}).order(tls12, SuiteOrder::server);

INSTANTIATE_TEST_SUITE_P(
    Choice, SuiteChecks,
    testing::ValuesIn(std::vector<Row>{
        {"no_forward_secrecy", fine, no, "every version accepted"},
        {"no_forward_secrecy", Server().accept(tls12, {rsa_gcm, rsa_cbc}), yes, "no suite of TLS 1.2 has"},
        {"no_forward_secrecy", Server(fine).accept(tls10, {rsa_cbc}), yes, "no suite of TLS 1.0 has"},
        {"no_forward_secrecy", Server().accept(tls12, {rsa_gcm, anon_aes, dhe_export}), yes, ""},
        {"no_forward_secrecy", Server().accept(tls12, {rsa_gcm, dhe_cbc}), no, ""},
        {"no_forward_secrecy", Server().accept(tls12, {rsa_gcm}, false), unsure, "not enumerated to the end"},
        {"no_forward_secrecy", Server().accept(tls12, {ecdhe_gcm}, false), no, ""},
        {"no_forward_secrecy", Server(fine).accept(ssl2, {ssl2_rc4}), no, ""},
        {"no_forward_secrecy", lost, unsure, "TLS 1.0"},
        {"no_forward_secrecy", Server(), unsure, "no version of TLS was seen to be accepted"},
        {"cipher_order", by_server, no, "the server's order counts in TLS 1.2"},
        {"cipher_order", by_client, yes, "the client's order of suites counts in TLS 1.2"},
        {"cipher_order", Server(by_client).open(ssl3), yes, ""},
        {"cipher_order", Server().accept(tls12, {ecdhe_gcm, 0xc030}).order(tls12, SuiteOrder::client), no,
         "no suite is worse than another"},
        {"cipher_order", Server(by_server).accept(tls10, {rsa_cbc, rsa_3des}), unsure,
         "whose order counts in TLS 1.0 could not be told: it was not asked"},
        {"cipher_order", Server(by_server).open(tls10), unsure, "TLS 1.0"},
        {"cipher_order", fine, not_asked, "no version has more than one suite"},
        {"compression_crime", Server(fine).also([](Facts& facts) { facts.compression = false; }), no,
         "not taken"},
        {"compression_crime", Server(fine).also([](Facts& facts) { facts.compression = true; }), yes,
         "DEFLATE"},
        {"compression_crime", fine, unsure, "compression was not offered"},
        {"compression_crime", lost, unsure, "TLS 1.0"},
        {"compression_crime", Server().accept(tls13, {0x1301}), not_asked, "no version below TLS 1.3"},
        {"sslv2", fine, no, "SSL 2.0 is refused"},
        {"sslv2", Server(fine).accept(ssl2, {ssl2_rc4, ssl2_export}), yes,
         "SSL 2.0 is accepted with 2 suites"},
        {"sslv2", Server(fine).accept(ssl2, {}).also([](Facts& facts) { facts.of(ssl2).proofs.resize(1); }),
         yes, "SSL 2.0 is accepted with no suite"},
        {"sslv2", Server(fine).open(ssl2), unsure,
         "whether SSL 2.0 is accepted could not be told: no answer"},
        {"drown", fine, no, "SSL 2.0 is refused by this server"},
        {"drown", Server(fine).accept(ssl2, {ssl2_rc4}), yes, "can be decrypted"},
        {"drown", Server(fine).open(ssl2), unsure, "no answer in 10s"},
    }),
    name_of);

// A known prime of 2,048 bits need not be here: one too long to be tried passes for good.
const Bytes long_prime(768, 0xff);
const Bytes composite(256, 0xff);
const Bytes short_prime(128, 0xff);
const Server uses_dh = Server().accept(tls12, {ecdhe_gcm, dhe_cbc});

INSTANTIATE_TEST_SUITE_P(
    KeyExchange, SuiteChecks,
    testing::ValuesIn(std::vector<Row>{
        {"freak", Server().accept(tls10, {rsa_export_rc4, rsa_cbc}), yes, "1 RSA EXPORT suite is accepted"},
        {"freak", Server().accept(tls10, {rsa_export_rc4, 0x0008}).also([](Facts& facts) {
           facts.export_rsa_bits = 512;
         }),
         yes, "2 RSA EXPORT suites are accepted, with a temporary key of 512 bits"},
        {"freak", Server().accept(ssl2, {ssl2_export}), yes, ""},
        {"freak", Server().accept(tls10, {dhe_export}), no, ""},
        {"logjam", Server().accept(tls10, {dhe_export}), yes, "Diffie-Hellman EXPORT suites are accepted"},
        {"logjam", Server().accept(tls10, {anon_export}), yes, ""},
        {"logjam", Server(uses_dh).group(short_prime, {"a", "b"}), yes,
         "a Diffie-Hellman prime has 1024 bits"},
        {"logjam", Server(uses_dh).group(long_prime, {"a", "b"}), no, "more than 1024 bits"},
        {"logjam", uses_dh, unsure, "the server's Diffie-Hellman group was not read"},
        {"dh_weak", Server(uses_dh).group(short_prime, {"a"}), yes, "1 weak Diffie-Hellman group is used"},
        {"dh_weak", Server(uses_dh).group(composite, {"a"}), yes, "the modulus is no prime"},
        {"dh_weak", Server(uses_dh).group(long_prime, {"a"}, {1}), yes,
         "the generator makes every secret known"},
        {"dh_weak", Server(uses_dh).group(long_prime, {"a"}).also([](Facts& facts) {
           facts.dh_groups.front().trivial_value = true;
         }),
         yes, "a public value makes the secret known"},
        {"dh_weak",
         Server(uses_dh).group({}, {"a"}).also([](Facts& facts) { facts.dh_groups.front().bits = 20'000; }),
         no, ""},
        {"dh_weak", Server(uses_dh).group(long_prime, {"a"}), no, "2048 bits or more"},
        {"dh_weak", uses_dh, unsure, "was not read"},
        {"dh_reuse", Server(uses_dh).group(long_prime, {"a", "b", "a"}), yes, "came in 2 of 3 connections"},
        {"dh_reuse", Server(uses_dh).group(long_prime, {"a", "b"}), no, "a Diffie-Hellman key of its own"},
        {"dh_reuse", Server(uses_dh).group(long_prime, {"a"}).group(short_prime, {"a"}), unsure,
         "in one connection only"},
        {"dh_reuse", uses_dh, unsure, "was not read"},
    }),
    name_of);

TEST(SuiteChecks, AffectedTellSuitesAndProof) {
  const auto result = Server().accept(tls10, {rsa_rc4}).accept(tls12, {ecdhe_gcm, rsa_rc4}).check("rc4");
  EXPECT_EQ(result.evidence.at("ciphers"),
            "TLS 1.0 TLS_RSA_WITH_RC4_128_SHA\nTLS 1.2 TLS_RSA_WITH_RC4_128_SHA");
  EXPECT_EQ(result.evidence.at("round_trip"), "TLS 1.0 3ms\nTLS 1.2 3ms");
  EXPECT_EQ(result.evidence.at("address"), "192.0.2.1");
  const auto group = Server(uses_dh).group(short_prime, {"a", "a"});
  EXPECT_EQ(group.check("logjam").evidence.at("groups"),
            "TLS 1.2 TLS_DHE_RSA_WITH_AES_128_CBC_SHA, 1024 bits");
  EXPECT_EQ(group.check("dh_reuse").evidence.at("public_value_sha256"), "a");
  EXPECT_THAT(group.check("dh_weak").evidence.at("sent"), HasSubstr("TLS 1.2 1603"));
}

TEST(SuiteChecks, WeakSuitesListThoseOfSsl2) {
  const auto result = Server(fine).accept(ssl2, {ssl2_rc4, 0x0701c0}).check("weak_ciphers");
  EXPECT_EQ(result.verdict, yes);
  EXPECT_EQ(result.evidence.at("ciphers"),
            "SSL 2.0 SSL_CK_RC4_128_WITH_MD5\nSSL 2.0 SSL_CK_DES_192_EDE3_CBC_WITH_SHA");
}

}  // namespace
}  // namespace certherald::scan
