#include "model/check.hpp"

#include <array>

#include "base/enum_names.hpp"

namespace certherald::model {
namespace {

using enum SubjectKind;
using enum CheckKind;

constexpr std::array checks = std::to_array<CheckInfo>({
    {"expiry", "Certificate expired or expiring soon", Severity::high, certificate, CheckKind::expiry,
     Tier::inventory, "", "CWE-298", "",
     "The certificate has expired or will soon. Clients refuse an expired certificate.",
     "Renew the certificate and install it on every endpoint that serves it."},
    {"not_yet_valid", "Certificate not yet valid", Severity::high, certificate, vulnerability,
     Tier::inventory, "", "CWE-298", "",
     "The certificate's validity starts in the future. Clients refuse it until then.",
     "Install a certificate that is valid now, or correct the clock of the issuing system."},
    {"hostname_mismatch", "Certificate does not name the host", Severity::high, endpoint, vulnerability,
     Tier::inventory, "", "CWE-297", "",
     "No name in the certificate matches the name that clients ask for, so they refuse the connection.",
     "Install a certificate whose subject alternative names hold the host name."},
    {"self_signed", "Self-signed certificate", Severity::medium, endpoint, vulnerability, Tier::inventory, "",
     "CWE-295", "", "The certificate vouches for itself: no authority that clients trust has signed it.",
     "Install a certificate from an authority that your clients trust."},
    {"untrusted_chain", "Certificate chain not trusted", Severity::high, endpoint, vulnerability,
     Tier::inventory, "", "CWE-295", "", "No path leads from the certificate to a trusted root.",
     "Install the missing intermediate certificates, or add your own root to the trusted ones."},
    {"weak_signature", "Weak certificate signature", Severity::high, certificate, vulnerability,
     Tier::inventory, "", "CWE-328", "",
     "A certificate of the chain is signed with a hash that can be forged (MD2, MD4, MD5 or SHA-1).",
     "Have the certificate issued anew with SHA-256 or better."},
    {"weak_key", "Weak certificate key", Severity::high, certificate, vulnerability, Tier::inventory, "",
     "CWE-326", "", "The certificate's key is too short or of a kind that is no longer considered safe.",
     "Make a new key (RSA of at least 2048 bits, or EC P-256 and up) and have the certificate issued anew."},
    {"eku_mismatch", "Certificate not meant for servers", Severity::high, certificate, vulnerability,
     Tier::inventory, "", "CWE-295", "",
     "The certificate's extended key usage leaves TLS servers out, so clients refuse the connection.",
     "Have the certificate issued anew with serverAuth in its extended key usage."},
    {"chain_order", "Certificate chain out of order", Severity::low, endpoint, vulnerability, Tier::inventory,
     "", "CWE-295", "",
     "A certificate of the chain does not certify the one before it. Some clients do not sort the chain and "
     "fail.",
     "Install the server's certificate first, then each issuer in turn, and nothing else."},
    {"fermat", "RSA key with close primes", Severity::critical, certificate, vulnerability, Tier::full,
     "CVE-2022-26320", "CWE-1240", "",
     "The two primes of the RSA key are so close together that the private key is computed in moments.",
     "Make a new key with software that picks both primes at random, and have the certificate issued anew "
     "and "
     "the old one revoked."},
    {"roca", "RSA key made by a broken generator (ROCA)", Severity::critical, certificate, vulnerability,
     Tier::full, "CVE-2017-15361", "CWE-1240", "",
     "The RSA key bears the mark of Infineon's RSALib, whose keys can be factored.",
     "Make a new key outside the device with the broken library, and have the certificate issued anew and "
     "the "
     "old one revoked."},
    {"poodle_sslv3", "POODLE (SSL 3.0 with CBC)", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2014-3566", "CWE-310", "",
     "The server accepts SSL 3.0 with CBC cipher suites, whose padding lets an attacker in the network read "
     "traffic.",
     "Switch SSL 3.0 off."},
    {"deprecated_protocol", "Deprecated protocol version", Severity::low, endpoint, vulnerability, Tier::full,
     "", "CWE-327", "poodle_sslv3",
     "The server accepts SSL 3.0, TLS 1.0 or TLS 1.1, which are deprecated (RFC 7568, RFC 8996).",
     "Allow TLS 1.2 and TLS 1.3 only."},
    {"weak_ciphers", "Weak Cipher Suites", Severity::high, endpoint, vulnerability, Tier::full, "", "CWE-327",
     "",
     "The server accepts cipher suites without encryption or authentication, or with keys or blocks that are "
     "too short.",
     "Remove the suites listed from the server's configuration."},
    {"insecure_renegotiation", "Insecure renegotiation", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2009-3555", "CWE-310", "",
     "The server does not support secure renegotiation (RFC 5746): an attacker in the network can put "
     "requests "
     "of his own in front of a client's.",
     "Update the server's TLS library, or switch renegotiation and everything below TLS 1.3 off."},
    {"downgrade_sentinel", "No protection against downgrades", Severity::low, endpoint, vulnerability,
     Tier::full, "", "CWE-757", "",
     "The server speaks TLS 1.3, but does not mark its answers to TLS 1.2 as RFC 8446 demands, so that "
     "clients "
     "cannot tell a forced downgrade.",
     "Update what ends TLS there: an old load balancer or an inspecting proxy is often the cause."},
    {"heartbleed", "Heartbleed", Severity::critical, endpoint, vulnerability, Tier::full, "CVE-2014-0160",
     "CWE-126", "",
     "The server answers heartbeats without checking their length: anybody can read its memory, private keys "
     "and "
     "passwords among it.",
     "Update OpenSSL to 1.0.1g or newer and restart the server; then replace its key and certificate, and "
     "passwords that went through it."},
    {"ccs_injection", "ChangeCipherSpec injection", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2014-0224", "CWE-310", "",
     "The server takes a ChangeCipherSpec before keys are agreed: an attacker in the network can read and "
     "change "
     "what it exchanges with clients that have the same fault.",
     "Update OpenSSL to 0.9.8za, 1.0.0m, 1.0.1h or newer and restart the server."},
    {"fallback_scsv", "No protection against forced fall back", Severity::low, endpoint, vulnerability,
     Tier::full, "", "CWE-757", "poodle_sslv3",
     "The server does not heed TLS_FALLBACK_SCSV (RFC 7507): an attacker in the network can force clients "
     "down to "
     "an older version.",
     "Update the server's TLS library, or allow TLS 1.2 and TLS 1.3 only."},
    {"robot", "ROBOT (RSA padding oracle)", Severity::critical, endpoint, vulnerability, Tier::full,
     "CVE-2017-13099", "CWE-203", "",
     "The server's answers show whether an RSA encrypted secret is padded rightly: an attacker can decrypt "
     "recorded "
     "traffic or sign with its key.",
     "Remove the suites with RSA key exchange (TLS_RSA_...), or update what ends TLS there."},
    {"post_quantum", "No post-quantum key exchange", Severity::low, endpoint, vulnerability, Tier::deep, "",
     "CWE-327", "",
     "The server accepts no hybrid key exchange with ML-KEM: traffic that is recorded today can be read once "
     "there "
     "are quantum computers.",
     "Update the server's TLS library (OpenSSL 3.5 or newer) and allow X25519MLKEM768."},
});

constexpr EnumNames<Tier, 3> tiers = {{"inventory", "full", "deep"}};

}  // namespace

std::span<const CheckInfo> all_checks() { return checks; }

const CheckInfo* find_check(std::string_view id) {
  for (const CheckInfo& check : checks) {
    if (check.id == id) return &check;
  }
  return nullptr;
}

std::string_view to_string(Tier tier) { return tiers.name(tier); }
std::optional<Tier> tier_from(std::string_view text) { return tiers.find(text); }

std::string_view to_string(CheckKind kind) {
  switch (kind) {
    case CheckKind::expiry:
      return "expiry";
    case CheckKind::vulnerability:
      return "vulnerability";
  }
  return "vulnerability";
}

}  // namespace certherald::model
