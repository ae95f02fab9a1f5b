#include "model/check.hpp"
#include "model/fleet.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace certherald::model {
namespace {

std::string describe(const CheckInfo& check) {
  std::string text = fmt::format("{}: {}, of the {}, {}, {}", check.id, to_string(check.severity),
                                 check.subject == SubjectKind::certificate ? "certificate" : "endpoint",
                                 to_string(check.kind), to_string(check.tier));
  if (!check.cve.empty()) text += fmt::format(", {}", check.cve);
  if (!check.cwe.empty()) text += fmt::format(", {}", check.cwe);
  if (!check.subsumed_by.empty()) text += fmt::format(", listed by {}", check.subsumed_by);
  return text + fmt::format(", \"{}\"\n", check.title);
}

// The whole table as people get it: ids, severities and titles are in tickets, policies and scripts, so a
// change here is one to think about.
TEST(Checks, the_table) {
  std::string table;
  for (const CheckInfo& check : all_checks()) table += describe(check);
  EXPECT_EQ(
      table,
      R"table(expiry: high, of the certificate, expiry, inventory, CWE-298, "Certificate expired or expiring soon"
not_yet_valid: high, of the certificate, vulnerability, inventory, CWE-298, "Certificate not yet valid"
hostname_mismatch: high, of the endpoint, vulnerability, inventory, CWE-297, "Certificate does not name the host"
self_signed: medium, of the endpoint, vulnerability, inventory, CWE-295, "Self-signed certificate"
untrusted_chain: high, of the endpoint, vulnerability, inventory, CWE-295, listed by incomplete_chain, "Certificate chain not trusted"
weak_signature: high, of the certificate, vulnerability, inventory, CWE-328, "Weak certificate signature"
weak_key: high, of the certificate, vulnerability, inventory, CWE-326, "Weak certificate key"
eku_mismatch: high, of the certificate, vulnerability, inventory, CWE-295, "Certificate not meant for servers"
chain_order: low, of the endpoint, vulnerability, inventory, CWE-295, "Certificate chain out of order"
fermat: critical, of the certificate, vulnerability, full, CVE-2022-26320, CWE-1240, "RSA key with close primes"
roca: critical, of the certificate, vulnerability, full, CVE-2017-15361, CWE-1240, "RSA key made by a broken generator (ROCA)"
incomplete_chain: high, of the endpoint, vulnerability, inventory, CWE-295, "Intermediate certificate not sent"
missing_san: high, of the certificate, vulnerability, inventory, CWE-297, "Certificate without subject alternative names"
validity_too_long: medium, of the certificate, vulnerability, inventory, CWE-298, "Certificate valid for too long"
sct_missing: medium, of the certificate, vulnerability, full, CWE-295, "Certificate not in enough public logs"
distrusted_ca: high, of the certificate, vulnerability, full, CWE-295, "Certificate from a distrusted authority"
known_key: critical, of the certificate, vulnerability, full, CWE-321, "Private key known to the public"
revoked_crl: critical, of the certificate, vulnerability, full, CWE-299, "Certificate revoked (CRL)"
revoked_ocsp: critical, of the certificate, vulnerability, full, CWE-299, listed by revoked_crl, "Certificate revoked (OCSP)"
revocation_unavailable: medium, of the certificate, vulnerability, full, CWE-299, "Revocation cannot be checked"
must_staple_violated: high, of the endpoint, vulnerability, full, CWE-299, "Demanded OCSP response not stapled"
shared_key: low, of the certificate, vulnerability, full, CWE-320, "Key shared by certificates of different names"
duplicate_serial: high, of the certificate, vulnerability, full, CWE-694, "Serial number issued twice"
batch_gcd: critical, of the certificate, vulnerability, full, CWE-331, "RSA key that shares a prime"
poodle_sslv3: high, of the endpoint, vulnerability, full, CVE-2014-3566, CWE-310, "POODLE (SSL 3.0 with CBC)"
deprecated_protocol: low, of the endpoint, vulnerability, full, CWE-327, listed by poodle_sslv3, "Deprecated protocol version"
weak_ciphers: high, of the endpoint, vulnerability, full, CWE-327, "Weak Cipher Suites"
insecure_renegotiation: high, of the endpoint, vulnerability, full, CVE-2009-3555, CWE-310, "Insecure renegotiation"
downgrade_sentinel: low, of the endpoint, vulnerability, full, CWE-757, "No protection against downgrades"
sslv2: critical, of the endpoint, vulnerability, full, CVE-2015-3197, CWE-327, listed by drown, "SSL 2.0 accepted"
drown: critical, of the endpoint, vulnerability, full, CVE-2016-0800,CVE-2016-0703, CWE-327, "DROWN (SSL 2.0 with the server's RSA key)"
null_ciphers: critical, of the endpoint, vulnerability, full, CWE-327, listed by weak_ciphers, "Cipher suites without encryption"
anonymous_ciphers: critical, of the endpoint, vulnerability, full, CWE-327, listed by weak_ciphers, "Cipher suites without authentication"
export_ciphers: critical, of the endpoint, vulnerability, full, CWE-327, listed by weak_ciphers, "EXPORT cipher suites"
freak: high, of the endpoint, vulnerability, full, CVE-2015-0204, CWE-310, "FREAK (RSA EXPORT suites)"
logjam: high, of the endpoint, vulnerability, full, CVE-2015-4000, CWE-310, "LOGJAM (breakable Diffie-Hellman)"
dh_weak: medium, of the endpoint, vulnerability, full, CWE-326, listed by logjam, "Weak Diffie-Hellman group"
dh_reuse: low, of the endpoint, vulnerability, full, CVE-2020-1968, CWE-323, "Diffie-Hellman key used again"
sweet32: low, of the endpoint, vulnerability, full, CVE-2016-2183,CVE-2016-6329, CWE-327, listed by weak_ciphers, "SWEET32 (64-bit block ciphers)"
rc4: high, of the endpoint, vulnerability, full, CVE-2013-2566,CVE-2015-2808, CWE-327, listed by weak_ciphers, "RC4 cipher suites"
beast: low, of the endpoint, vulnerability, full, CVE-2011-3389, CWE-327, "BEAST (CBC in SSL 3.0 or TLS 1.0)"
lucky13: low, of the endpoint, vulnerability, full, CVE-2013-0169, CWE-310, "LUCKY13 (CBC without encrypt-then-MAC)"
no_forward_secrecy: medium, of the endpoint, vulnerability, full, CWE-310, "No forward secrecy"
cipher_order: low, of the endpoint, vulnerability, full, CWE-757, "Client's order of cipher suites counts"
compression_crime: high, of the endpoint, vulnerability, full, CVE-2012-4929, CWE-310, "CRIME (TLS compression)"
heartbleed: critical, of the endpoint, vulnerability, full, CVE-2014-0160, CWE-126, "Heartbleed"
ccs_injection: high, of the endpoint, vulnerability, full, CVE-2014-0224, CWE-310, "ChangeCipherSpec injection"
fallback_scsv: low, of the endpoint, vulnerability, full, CWE-757, listed by poodle_sslv3, "No protection against forced fall back"
robot: critical, of the endpoint, vulnerability, full, CVE-2017-13099, CWE-203, "ROBOT (RSA padding oracle)"
post_quantum: low, of the endpoint, vulnerability, deep, CWE-327, "No post-quantum key exchange"
early_data: low, of the endpoint, vulnerability, full, CWE-294, "Early data accepted"
client_renegotiation: medium, of the endpoint, vulnerability, full, CVE-2011-1473, CWE-400, "Renegotiation at the client's wish"
ticketbleed: high, of the endpoint, vulnerability, full, CVE-2016-9244, CWE-200, "Ticketbleed"
poodle_tls: high, of the endpoint, vulnerability, deep, CVE-2014-8730, CWE-354, "POODLE against TLS"
goldendoodle: high, of the endpoint, vulnerability, deep, CVE-2019-6485,CVE-2019-6593,CVE-2019-1559, CWE-203, "GOLDENDOODLE (CBC padding oracle)"
zombie_poodle: high, of the endpoint, vulnerability, deep, CVE-2019-6485,CVE-2019-6593, CWE-203, "Zombie POODLE (CBC padding oracle)"
breach: medium, of the endpoint, vulnerability, deep, CVE-2013-3587, CWE-310, "BREACH (HTTP compression)"
hsts: low, of the endpoint, vulnerability, deep, CWE-319, "No HTTP Strict Transport Security"
)table");
}

TEST(Checks, each_is_complete_and_found_by_its_id) {
  std::set<std::string_view> ids;
  for (const CheckInfo& check : all_checks()) {
    EXPECT_TRUE(ids.insert(check.id).second) << check.id << " is there twice";
    EXPECT_EQ(find_check(check.id), &check);
    for (const std::string_view sentence : {check.meaning, check.mend}) {
      EXPECT_TRUE(sentence.ends_with('.')) << check.id << ": " << sentence;
    }
    EXPECT_EQ(check.title.find('\n'), std::string_view::npos);
    EXPECT_EQ(check.kind == CheckKind::expiry, check.id == "expiry");
    EXPECT_TRUE(check.cwe.starts_with("CWE-")) << check.id;
  }
  for (const std::string_view id : fleet_checks) EXPECT_NE(find_check(id), nullptr) << id;
  EXPECT_EQ(find_check(""), nullptr);
  EXPECT_EQ(find_check("Expiry"), nullptr);
}

// A finding is listed in a ticket about the same subject, and that ticket is not listed elsewhere in turn. It
// may be graver: a policy that leaves the other out tells it by itself (notification/decide.hpp).
TEST(Checks, what_lists_another_has_a_ticket_of_its_own) {
  for (const CheckInfo& check : all_checks()) {
    if (check.subsumed_by.empty()) continue;
    const CheckInfo* other = find_check(check.subsumed_by);
    ASSERT_NE(other, nullptr) << check.id;
    EXPECT_EQ(other->subject, check.subject);
    EXPECT_EQ(other->kind, check.kind);
    EXPECT_TRUE(other->subsumed_by.empty());
    EXPECT_GE(other->severity, std::min(check.severity, Severity::high));
  }
}

}  // namespace
}  // namespace certherald::model
