#include "scan/checks/checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/time_text.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "codec/x509/test_files.hpp"
#include "model/fleet.hpp"
#include "model/probe_evidence.hpp"
#include "scan/revocation.hpp"

namespace certherald::scan {
namespace {

using codec::test_certificate;
using model::Verdict;
using testing::HasSubstr;
using enum model::ProtocolVersion;
using enum Acceptance;

const Instant now = *from_iso8601("2026-11-24T02:33:07Z");

const codec::x509::TrustStore& test_roots() {
  static const auto store = codec::x509::TrustStore::from(std::vector{test_certificate("root")});
  return *store;
}

struct Seen {
  model::Observation observation;
  Facts facts;
  CheckContext context;

  explicit Seen(const std::vector<std::string>& chain = {}, const std::string& host = "shop.example.com")
      : facts(make_facts(model::Tier::full)), context{now, Duration{30, DurationUnit::day}, &test_roots()} {
    observation.endpoint = *model::make_endpoint_key(host, 443);
    observation.status = model::ScanStatus::scanned;
    for (const std::string& name : chain) {
      observation.chain.push_back(test_certificate(name));
      facts.chain.push_back(observation.chain.back().der);
    }
    for (VersionFacts& version : facts.versions) {
      version.acceptance = refused;
      version.ending = "alert 70 protocol_version";
    }
    accept(tls12, {0xc02f});
  }

  Seen& accept(model::ProtocolVersion version, std::vector<std::uint32_t> ciphers, bool complete = true) {
    VersionFacts& row = facts.of(version);
    row.acceptance = accepted;
    row.ciphers = std::move(ciphers);
    row.complete = complete;
    return *this;
  }
  // Proofs for the suites of a version, told apart by their round trips: 1ms, 2ms, ...
  Seen& prove(model::ProtocolVersion version) {
    VersionFacts& row = facts.of(version);
    for (std::size_t i = 1; i <= row.ciphers.size(); ++i) {
      row.proofs.push_back({"1603", "15", "accepted with it", Millis(i), 1, 2});
    }
    return *this;
  }
  Seen& leave_open(model::ProtocolVersion version, Acceptance acceptance) {
    facts.of(version).acceptance = acceptance;
    facts.of(version).ending = "no answer in 5s";
    return *this;
  }

  [[nodiscard]] model::CheckResult check(const std::string& id) const {
    const std::vector<std::string> wanted = {id};
    auto results = run_checks(observation, facts, context, model::Tier::full, wanted);
    if (results.size() != 1) {
      ADD_FAILURE() << id << " gave " << results.size() << " results";
      return {};
    }
    return results.front();
  }
};

// What is looked up of "leaf", whose chain is whole.
struct Looked : Seen {
  RevocationFacts revocation{.asked = true};
  explicit Looked(const std::string& name = "leaf") : Seen({name, "intermediate"}) {
    CertificateRevocation one;
    one.sha256 = observation.chain.front().sha256;
    one.issuer_known = true;
    one.sources.crl = {"http://crl.example.com/"};
    one.sources.ocsp = {"http://ocsp.example.com/"};
    revocation.path = {one};
    context.revocation = &revocation;
  }
  Looked(const Looked&) = delete;
  Looked& operator=(const Looked&) = delete;
  CertificateRevocation& leaf() { return revocation.path.front(); }
  Verdict verdict(const std::string& id) {
    const std::vector<std::string> wanted = {id};
    return run_checks(observation, facts, context, model::Tier::full, wanted).at(0).verdict;
  }
};

codec::revocation::RevocationAnswer said(codec::revocation::RevocationState state) {
  codec::revocation::RevocationAnswer out;
  out.state = state;
  out.source = "http://x.example.com/";
  return out;
}

TEST(Checks, TableAnswersEveryCheckInOrder) {
  Looked seen;
  seen.leaf().crl = said(codec::revocation::RevocationState::good);
  seen.leaf().ocsp = said(codec::revocation::RevocationState::good);
  seen.accept(tls13, {0x1301}).facts.secure_renegotiation = true;
  seen.facts.downgrade_sentinel = true;
  seen.facts.compression = false;
  seen.accept(tls12, {0xc02f, 0xc030}).facts.of(tls12).order = SuiteOrder::server;
  for (const char* id : {"heartbleed", "ccs_injection", "fallback_scsv", "robot", "post_quantum",
                         "early_data", "client_renegotiation", "ticketbleed", "poodle_tls", "goldendoodle",
                         "zombie_poodle", "breach", "hsts"}) {
    seen.facts.probed.push_back({id, Verdict::not_affected, "it was refused", {}});
  }
  // Of certificates from public roots, or that demand a staple.
  const std::set<std::string> others = {"validity_too_long", "sct_missing", "must_staple_violated"};
  const auto results = run_checks(seen.observation, seen.facts, seen.context, model::Tier::deep);
  std::vector<std::string_view> of_one_address;
  for (const model::CheckInfo& check : model::all_checks()) {
    if (!model::is_fleet_check(check.id)) of_one_address.push_back(check.id);
  }
  ASSERT_EQ(results.size(), of_one_address.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].id, of_one_address[i]);
    const bool about_others = others.contains(results[i].id);
    EXPECT_EQ(results[i].verdict, about_others ? Verdict::not_applicable : Verdict::not_affected)
        << results[i].id << ": " << results[i].reason;
    EXPECT_FALSE(results[i].reason.empty());
    EXPECT_TRUE(results[i].evidence.empty());
  }
}

TEST(Checks, WhatAProbeSettledIsToldAsItIs) {
  Seen seen({"leaf", "intermediate"});
  EXPECT_EQ(seen.check("robot").verdict, Verdict::inconclusive);
  EXPECT_EQ(seen.check("robot").reason, "it was not probed");
  seen.observation.address = "192.0.2.7";
  seen.facts.probed = {{"heartbleed", Verdict::affected, "it was echoed", {{"sent", "18"}}}};
  const model::CheckResult result = seen.check("heartbleed");
  EXPECT_EQ(result.verdict, Verdict::affected);
  EXPECT_EQ(result.evidence, (model::Evidence{{"sent", "18"}, {"address", "192.0.2.7"}}));
  EXPECT_EQ(seen.check("robot").verdict, Verdict::inconclusive);
}

TEST(Checks, TierAndListLeaveChecksOut) {
  const Seen seen({"leaf", "intermediate"});
  for (const auto& result : run_checks(seen.observation, seen.facts, seen.context, model::Tier::inventory)) {
    EXPECT_EQ(model::find_check(result.id)->tier, model::Tier::inventory);
  }
  const std::vector<std::string> wanted = {"weak_ciphers", "expiry"};
  EXPECT_EQ(run_checks(seen.observation, seen.facts, seen.context, model::Tier::inventory, wanted).size(),
            1U);
  EXPECT_EQ(run_checks(seen.observation, seen.facts, seen.context, model::Tier::full, wanted).front().id,
            "expiry");
  EXPECT_THAT(unknown_checks(std::vector<std::string>{"expiry", "heart_burn", "batch_gcd"}),
              testing::ElementsAre("heart_burn", "batch_gcd"));
}

TEST(Checks, WhatWasNotSeenIsInconclusive) {
  struct Row {
    model::ScanStatus status;
    const char* says;
  };
  for (const Row& row : {Row{model::ScanStatus::unreachable, "was not reached: refused"},
                         Row{model::ScanStatus::not_tls, "did not answer with TLS: refused"},
                         Row{model::ScanStatus::blocked, "stopped answering: refused"}}) {
    Seen seen({"leaf"});
    seen.observation.status = row.status;
    seen.observation.error = "refused";
    for (const auto& result : run_checks(seen.observation, seen.facts, seen.context, model::Tier::full)) {
      EXPECT_EQ(result.verdict, Verdict::inconclusive) << result.id;
      EXPECT_THAT(result.reason, HasSubstr(row.says));
    }
  }
}

TEST(Checks, NoCertificateIsInconclusive) {
  Seen none;
  none.facts.chain_missing = "the server speaks TLS 1.3 only, which hides it";
  EXPECT_EQ(none.check("expiry").verdict, Verdict::inconclusive);
  EXPECT_THAT(none.check("expiry").reason, HasSubstr("TLS 1.3 only"));

  // The server's own certificate could not be read: the next one must not pass for it.
  Seen unread({"intermediate"});
  unread.facts.chain.insert(unread.facts.chain.begin(), Bytes{0x30, 0x00});
  EXPECT_EQ(unread.check("hostname_mismatch").verdict, Verdict::inconclusive);
  EXPECT_THAT(unread.check("weak_key").reason, HasSubstr("could not be read: not an X.509"));
}

struct CertificateRow {
  const char* check;
  std::vector<std::string> chain;
  std::string host;
  Verdict verdict;
  const char* says;
};

class CertificateChecks : public testing::TestWithParam<CertificateRow> {};

TEST_P(CertificateChecks, Verdict) {
  const auto result = Seen(GetParam().chain, GetParam().host).check(GetParam().check);
  EXPECT_EQ(result.verdict, GetParam().verdict) << result.reason;
  EXPECT_THAT(result.reason, HasSubstr(GetParam().says));
  EXPECT_EQ(result.evidence.contains("certificate"), GetParam().verdict == Verdict::affected);
}

constexpr auto yes = Verdict::affected;
constexpr auto no = Verdict::not_affected;

INSTANTIATE_TEST_SUITE_P(
    Table, CertificateChecks,
    testing::ValuesIn(std::vector<CertificateRow>{
        {"expiry", {"leaf"}, "a", no, "expires in 188 days, 2027-06-01 00:00:00 UTC"},
        {"expiry", {"soon"}, "a", yes, "expires in 11 days, 2026-12-06 00:00:00 UTC"},
        {"expiry", {"expired"}, "a", yes, "expired 207 days ago, 2026-05-01 00:00:00 UTC"},
        {"expiry", {"odd_no_end"}, "a", no, "9999-12-31"},
        {"expiry", {"odd_month_13"}, "a", yes, "expired"},
        {"expiry", {"leaf", "old_cross"}, "a", no, ""},  // only the server's own counts
        {"not_yet_valid", {"leaf"}, "a", no, "valid since 2026-01-01"},
        {"not_yet_valid", {"future"}, "a", yes, "becomes valid in 37 days, 2027-01-01"},
        {"hostname_mismatch", {"leaf"}, "shop.example.com", no, "names shop.example.com"},
        {"hostname_mismatch", {"leaf"}, "x.shop.example.com", no, ""},
        {"hostname_mismatch", {"leaf"}, "x.y.shop.example.com", yes, "no name in the certificate matches"},
        {"hostname_mismatch", {"leaf"}, "192.0.2.10", no, ""},
        {"hostname_mismatch", {"leaf"}, "192.0.2.11", yes, "matches 192.0.2.11"},
        {"hostname_mismatch", {"no_san"}, "cn-only.example.com", Verdict::not_applicable, "told separately"},
        {"hostname_mismatch", {"odd_nul"}, "bank.example.com", yes, ""},
        {"self_signed", {"leaf"}, "a", no, "signed by CN=Test Intermediate"},
        {"self_signed", {"self_signed"}, "a", yes, "signed with its own key"},
        {"self_signed", {"root"}, "a", no, "among the trusted"},
        {"untrusted_chain", {"leaf", "intermediate"}, "a", no, "'CN=Test Root'"},
        {"untrusted_chain", {"leaf", "old_cross", "intermediate"}, "a", no, ""},
        {"untrusted_chain", {"leaf"}, "a", yes, "was not presented"},
        {"untrusted_chain", {"expired", "intermediate"}, "a", no, ""},
        {"untrusted_chain", {"self_signed"}, "a", Verdict::not_applicable, "told separately"},
        {"untrusted_chain", {"root"}, "a", no, ""},
        {"weak_signature", {"leaf", "intermediate", "root"}, "a", no, ""},
        {"weak_signature", {"signed_sha256", "sha1_root"}, "a", no, ""},  // a root's own signature is idle
        {"weak_signature", {"signed_sha1"}, "a", yes, "a certificate of the chain"},
        {"weak_signature", {"signed_md5", "signed_sha1"}, "a", yes, "2 certificates"},
        {"weak_signature", {"leaf", "signed_md2"}, "a", yes, ""},
        {"weak_signature", {"signed_md4"}, "a", yes, ""},
        {"weak_signature", {"signed_pss_sha1"}, "a", yes, ""},
        {"weak_signature", {"signed_pss_default"}, "a", yes, ""},
        {"weak_signature", {"signed_pss_sha256"}, "a", no, ""},
        {"weak_signature",
         {"signed_private"},
         "a",
         Verdict::inconclusive,
         "1.3.6.1.4.1.99999.7 is not known"},
        {"weak_signature", {"sha1_root"}, "a", yes, ""},  // presented as the server's own
        {"weak_key", {"leaf"}, "a", no, "RSA 2048 bits"},
        {"weak_key", {"key_rsa1024"}, "a", yes, "1024 bits is shorter than 2048"},
        {"weak_key", {"key_rsa_e1"}, "a", yes, "exponent is 1"},
        {"weak_key", {"key_rsa_e3"}, "a", no, ""},
        {"weak_key", {"key_rsa_even"}, "a", yes, "modulus is even"},
        {"weak_key", {"key_dsa2048"}, "a", yes, "DSA"},
        {"weak_key", {"key_ec_p192"}, "a", yes, "192 bits is smaller than 224"},
        {"weak_key", {"key_ec_b163"}, "a", yes, "163 bits"},
        {"weak_key", {"key_ec_p224"}, "a", no, "EC P-224 (224 bits)"},
        {"weak_key", {"key_ec_explicit"}, "a", yes, "written out"},
        {"weak_key", {"key_ed25519"}, "a", no, "ed25519"},
        {"weak_key", {"key_ml_dsa_44"}, "a", Verdict::inconclusive, "not known"},
        {"untrusted_chain", {"client_only", "intermediate"}, "a", Verdict::not_applicable, "told separately"},
        {"eku_mismatch", {"client_only"}, "a", yes, "does not allow TLS servers"},
        {"eku_mismatch", {"leaf"}, "a", no, ""},
        {"eku_mismatch", {"self_signed"}, "a", no, "may serve TLS"},
        {"chain_order", {"leaf"}, "a", no, ""},
        {"chain_order", {"leaf", "intermediate", "root"}, "a", no, "certifies the one before it"},
        {"chain_order", {"leaf", "root", "intermediate"}, "a", yes, "certificate 2 of the chain"},
        {"chain_order", {"leaf", "intermediate", "other_root"}, "a", yes, "certificate 3 of the chain"},
        {"chain_order", {"leaf", "intermediate", "intermediate"}, "a", yes, "certificate 3 of the chain"},
        {"fermat", {"leaf"}, "a", no, ""},
        {"fermat", {"key_rsa_close"}, "a", yes, "so close"},
        {"fermat", {"key_ec_p384"}, "a", Verdict::not_applicable, "not RSA"},
        {"roca", {"leaf"}, "a", no, ""},
        {"roca", {"key_rsa_roca"}, "a", yes, "RSALib"},
        {"roca", {"key_ed25519"}, "a", Verdict::not_applicable, "not RSA"},
    }),
    [](const testing::TestParamInfo<CertificateRow>& info) {
      return fmt::format("{}_{}", info.param.check, info.index);
    });

TEST(Checks, ExpiryComparesInstants) {
  Seen seen({"leaf"});  // ends 2027-06-01T00:00:00Z
  const Instant end = *from_iso8601("2027-06-01T00:00:00Z");
  const auto verdict_at = [&](Instant at) {
    seen.context.now = at;
    return seen.check("expiry");
  };
  EXPECT_EQ(verdict_at(end - std::chrono::days(30) - Seconds(1)).verdict, no);
  EXPECT_EQ(verdict_at(end - std::chrono::days(30)).verdict, yes);
  EXPECT_THAT(verdict_at(end).reason, HasSubstr("expires"));  // notAfter itself is still valid
  EXPECT_THAT(verdict_at(end + Seconds(1)).reason, HasSubstr("expired"));
  EXPECT_EQ(verdict_at(end).evidence.at("not_after"), "2027-06-01T00:00:00Z");

  seen.context.within = model::ValidityShare{50};  // of 516 days
  EXPECT_EQ(verdict_at(end - std::chrono::days(259)).verdict, no);
  EXPECT_EQ(verdict_at(end - std::chrono::days(258)).verdict, yes);
}

TEST(Checks, NotYetValidAllowsForClocks) {
  Seen seen({"future"});
  const Instant start = *from_iso8601("2027-01-01T00:00:00Z");
  seen.context.now = start - Seconds(301);
  EXPECT_EQ(seen.check("not_yet_valid").verdict, yes);
  seen.context.now = start - Seconds(300);
  EXPECT_EQ(seen.check("not_yet_valid").verdict, no);
}

TEST(Checks, NoRootsNoVerdictOnTrust) {
  Seen seen({"leaf", "intermediate"});
  seen.context.trust = nullptr;
  EXPECT_EQ(seen.check("untrusted_chain").verdict, Verdict::inconclusive);
}

TEST(Checks, HostnameFollowsSni) {
  Seen seen({"leaf"}, "192.0.2.99");
  seen.observation.endpoint.sni = "shop.example.com";
  EXPECT_EQ(seen.check("hostname_mismatch").verdict, no);
}

TEST(Checks, HostileNamesAreShortened) {
  EXPECT_LT(Seen({"odd_long"}).check("hostname_mismatch").reason.size(), 500U);
  Seen seen({"leaf"});
  seen.observation.chain.front().issuer = std::string(5000, 'x');
  EXPECT_LT(seen.check("self_signed").reason.size(), 500U);
}

// Protocol checks.

constexpr std::uint32_t rsa_3des = 0x000a;
constexpr std::uint32_t rsa_aes128_cbc = 0x002f;
constexpr std::uint32_t rsa_rc4_md5 = 0x0004;
constexpr std::uint32_t rsa_null_sha = 0x0002;
constexpr std::uint32_t anon_aes128 = 0x0034;
constexpr std::uint32_t export_rc4_40 = 0x0003;
constexpr std::uint32_t rsa_idea = 0x0007;

TEST(Checks, PoodleNeedsSsl3WithCbc) {
  EXPECT_EQ(Seen().check("poodle_sslv3").verdict, no);
  EXPECT_EQ(Seen().leave_open(ssl3, unknown).check("poodle_sslv3").verdict, Verdict::inconclusive);
  EXPECT_THAT(Seen().leave_open(ssl3, unknown).check("poodle_sslv3").reason, HasSubstr("no answer in 5s"));
  EXPECT_EQ(Seen().leave_open(ssl3, not_asked).check("poodle_sslv3").verdict, Verdict::inconclusive);
  EXPECT_EQ(Seen().accept(ssl3, {rsa_rc4_md5}).check("poodle_sslv3").verdict, no);
  EXPECT_EQ(Seen().accept(ssl3, {rsa_rc4_md5}, false).check("poodle_sslv3").verdict, Verdict::inconclusive);
  const auto result =
      Seen().accept(ssl3, {rsa_rc4_md5, rsa_3des, rsa_aes128_cbc}, false).check("poodle_sslv3");
  EXPECT_EQ(result.verdict, yes);
  EXPECT_EQ(result.evidence.at("ciphers"),
            "SSL 3.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA\nSSL 3.0 TLS_RSA_WITH_AES_128_CBC_SHA");
}

TEST(Checks, DeprecatedProtocols) {
  EXPECT_EQ(Seen().check("deprecated_protocol").verdict, no);
  const auto result =
      Seen().accept(tls10, {}).accept(tls11, {}).leave_open(ssl3, unknown).check("deprecated_protocol");
  EXPECT_EQ(result.verdict, yes);
  EXPECT_EQ(result.reason, "TLS 1.0, TLS 1.1 are accepted");
  EXPECT_EQ(result.evidence.at("versions"), "TLS 1.0\nTLS 1.1");
  EXPECT_EQ(Seen().accept(ssl3, {}).check("deprecated_protocol").reason, "SSL 3.0 is accepted");
  EXPECT_EQ(Seen().leave_open(tls11, unknown).check("deprecated_protocol").verdict, Verdict::inconclusive);
  EXPECT_EQ(Seen().leave_open(tls13, unknown).check("deprecated_protocol").verdict, no);
}

TEST(Checks, WeakCiphers) {
  EXPECT_EQ(Seen().check("weak_ciphers").verdict, no);
  // CBC alone never.
  EXPECT_EQ(
      Seen().accept(tls10, {rsa_aes128_cbc}).accept(tls12, {0xc013, 0xc02f}).check("weak_ciphers").verdict,
      no);
  const auto result = Seen()
                          .accept(tls10, {rsa_aes128_cbc, rsa_3des, anon_aes128})
                          .accept(tls12, {0xc02f, rsa_null_sha, export_rc4_40, rsa_rc4_md5, rsa_idea}, false)
                          .check("weak_ciphers");
  EXPECT_EQ(result.verdict, yes);
  EXPECT_EQ(result.evidence.at("ciphers"),
            "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA\n"
            "TLS 1.0 TLS_DH_anon_WITH_AES_128_CBC_SHA\n"
            "TLS 1.2 TLS_RSA_WITH_NULL_SHA\n"
            "TLS 1.2 TLS_RSA_EXPORT_WITH_RC4_40_MD5\n"
            "TLS 1.2 TLS_RSA_WITH_RC4_128_MD5\n"
            "TLS 1.2 TLS_RSA_WITH_IDEA_CBC_SHA");
  EXPECT_EQ(Seen().accept(tls12, {rsa_3des}).check("weak_ciphers").reason,
            "1 weak suite is accepted: 64-bit blocks (3DES, IDEA)");
}

TEST(Checks, InsecureRenegotiation) {
  const auto check = [](std::optional<bool> secure, Seen seen = Seen()) {
    seen.facts.secure_renegotiation = secure;
    return seen.check("insecure_renegotiation").verdict;
  };
  EXPECT_EQ(check(true), no);
  EXPECT_EQ(check(false), yes);
  Seen newest;
  newest.leave_open(tls12, refused).accept(tls13, {0x1301});
  EXPECT_EQ(check(std::nullopt, newest), Verdict::not_applicable);
  EXPECT_EQ(check(std::nullopt, newest.leave_open(tls10, unknown)), Verdict::inconclusive);
}

TEST(Checks, DowngradeSentinel) {
  const auto check = [](std::optional<bool> marked, Seen seen) {
    seen.facts.downgrade_sentinel = marked;
    return seen.check("downgrade_sentinel").verdict;
  };
  Seen both;
  both.accept(tls13, {0x1301});
  EXPECT_EQ(check(true, both), no);
  EXPECT_EQ(check(false, both), yes);
  EXPECT_EQ(check(std::nullopt, both), Verdict::inconclusive);
  EXPECT_EQ(check(false, Seen()), Verdict::not_applicable);  // no TLS 1.3: nothing to protect
  EXPECT_EQ(check(false, Seen().leave_open(tls13, unknown)), Verdict::inconclusive);
  EXPECT_EQ(check(true, both.leave_open(tls12, refused)), Verdict::not_applicable);
}

TEST(Checks, AffectedProtocolsCarryTheirProof) {
  Seen seen;
  seen.observation.address = "192.0.2.1";
  seen.accept(ssl3, {rsa_rc4_md5, rsa_3des}).accept(tls10, {rsa_aes128_cbc, rsa_3des});
  EXPECT_FALSE(seen.check("weak_ciphers").evidence.contains("address")) << "no proof, nothing to say";
  seen.prove(ssl3).prove(tls10);
  const std::pair<const char*, const char*> rows[] = {
      {"poodle_sslv3", "SSL 3.0 2ms"},
      {"deprecated_protocol", "SSL 3.0 1ms\nTLS 1.0 1ms"},
      {"weak_ciphers", "SSL 3.0 1ms\nTLS 1.0 2ms"},
  };
  for (const auto& [check, round_trips] : rows) {
    const model::Evidence evidence = seen.check(check).evidence;
    for (const std::string_view name : model::probe_evidence) {
      EXPECT_TRUE(evidence.contains(std::string(name))) << check << ' ' << name;
    }
    EXPECT_EQ(evidence.at("round_trip"), round_trips) << check;
    EXPECT_THAT(evidence.at("sent"), testing::StartsWith("SSL 3.0 1603")) << check;
    EXPECT_THAT(evidence.at("attempt"), testing::StartsWith("SSL 3.0 1/2")) << check;
    EXPECT_EQ(evidence.at("address"), "192.0.2.1") << check;
  }
}

TEST(Checks, WeakCiphersNeedTheWholeEnumeration) {
  const auto cut = Seen().accept(tls12, {0xc02f}, false).check("weak_ciphers");
  EXPECT_EQ(cut.verdict, Verdict::inconclusive);
  EXPECT_THAT(cut.reason, HasSubstr("TLS 1.2 were not enumerated to the end"));
  EXPECT_EQ(Seen().leave_open(tls10, unknown).check("weak_ciphers").verdict, Verdict::inconclusive);
  EXPECT_EQ(Seen().leave_open(ssl3, not_asked).check("weak_ciphers").verdict, Verdict::inconclusive);
}

using State = codec::revocation::RevocationState;

TEST(Revocation, a_list_decides) {
  Looked seen;
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::inconclusive) << "nothing came";
  seen.leaf().crl = said(State::good);
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::not_affected);
  seen.leaf().crl = said(State::unknown);
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::inconclusive);
  seen.leaf().crl = said(State::revoked);
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::affected);
}

TEST(Revocation, an_issuer_that_was_revoked_counts_and_one_unknown_is_a_doubt) {
  Looked seen;
  seen.leaf().crl = said(State::good);
  seen.revocation.path.push_back(seen.leaf());
  seen.revocation.path.back().crl = said(State::unknown);
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::inconclusive);
  seen.revocation.path.back().crl = said(State::revoked);
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::affected);
}

TEST(Revocation, what_names_none_is_not_applicable_and_what_was_not_asked_inconclusive) {
  Looked seen;
  seen.leaf().sources = {};
  for (const char* id : {"revoked_crl", "revoked_ocsp", "revocation_unavailable"}) {
    EXPECT_EQ(seen.verdict(id), Verdict::not_applicable) << id;
  }
  seen.leaf().sources.unusable = 1;
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::inconclusive);
  seen.revocation.asked = false;
  EXPECT_EQ(seen.verdict("revoked_crl"), Verdict::inconclusive);
  seen.context.revocation = nullptr;
  EXPECT_EQ(seen.verdict("revoked_ocsp"), Verdict::inconclusive);
}

TEST(Revocation, a_staple_goes_before_the_responder) {
  Looked seen;
  seen.leaf().ocsp = said(State::good);
  EXPECT_EQ(seen.verdict("revoked_ocsp"), Verdict::not_affected);
  seen.leaf().ocsp = said(State::unknown);
  EXPECT_EQ(seen.verdict("revoked_ocsp"), Verdict::inconclusive);
  EXPECT_EQ(seen.verdict("revocation_unavailable"), Verdict::inconclusive);
  seen.revocation.staple = said(State::good);
  EXPECT_EQ(seen.verdict("revoked_ocsp"), Verdict::not_affected);
  EXPECT_EQ(seen.verdict("revocation_unavailable"), Verdict::not_affected);
  seen.revocation.staple = said(State::revoked);
  EXPECT_EQ(seen.verdict("revoked_ocsp"), Verdict::affected);
  EXPECT_EQ(seen.verdict("must_staple_violated"), Verdict::not_applicable);
}

}  // namespace
}  // namespace certherald::scan
