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
     Tier::inventory, "", "CWE-295", "incomplete_chain",
     "No path leads from the certificate to a trusted root.",
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
    {"incomplete_chain", "Intermediate certificate not sent", Severity::high, endpoint, vulnerability,
     Tier::inventory, "", "CWE-295", "",
     "The path to a trusted root needs an intermediate certificate that the server does not send. Clients "
     "that "
     "do not fetch or remember it refuse the connection.",
     "Install the intermediate certificates behind the server's own."},
    {"missing_san", "Certificate without subject alternative names", Severity::high, certificate,
     vulnerability, Tier::inventory, "", "CWE-297", "",
     "The certificate names hosts in its common name alone, which clients no longer look at.",
     "Have the certificate issued anew with every name in its subject alternative names."},
    {"validity_too_long", "Certificate valid for too long", Severity::medium, certificate, vulnerability,
     Tier::inventory, "", "CWE-298", "",
     "A public authority issued the certificate for longer than the rules of its day allow. Browsers refuse "
     "such certificates.",
     "Have the certificate issued anew for a shorter time, and renew it by itself."},
    {"sct_missing", "Certificate not in enough public logs", Severity::medium, certificate, vulnerability,
     Tier::full, "", "CWE-295", "",
     "The certificate of a public authority embeds fewer signed timestamps of Certificate Transparency logs "
     "than Chrome and Safari ask for.",
     "Have the certificate issued anew by an authority that logs it, without asking it not to."},
    {"distrusted_ca", "Certificate from a distrusted authority", Severity::high, certificate, vulnerability,
     Tier::full, "", "CWE-295", "",
     "Makers of browsers no longer trust the authority that issued the certificate, or not for what it "
     "issued "
     "after a day.",
     "Get a certificate from another authority."},
    {"known_key", "Private key known to the public", Severity::critical, certificate, vulnerability,
     Tier::full, "", "CWE-321", "",
     "The private key of the certificate is published: a test key of a library, or one that a broken "
     "generator made (CVE-2008-0166). Anybody can be the server.",
     "Make a new key, have the certificate issued anew for it and the old one revoked."},
    {"revoked_crl", "Certificate revoked (CRL)", Severity::critical, certificate, vulnerability, Tier::full,
     "", "CWE-299", "",
     "The list of its issuer says that the certificate, or one that it depends on, was revoked. Clients that "
     "look refuse it.",
     "Install a new certificate with a new key, and find out why the old one was revoked."},
    {"revoked_ocsp", "Certificate revoked (OCSP)", Severity::critical, certificate, vulnerability, Tier::full,
     "", "CWE-299", "revoked_crl",
     "The OCSP responder of its issuer, or what the server staples of it, says that the certificate was "
     "revoked. Clients that ask refuse it.",
     "Install a new certificate with a new key, and find out why the old one was revoked."},
    {"revocation_unavailable", "Revocation cannot be checked", Severity::medium, certificate, vulnerability,
     Tier::full, "", "CWE-299", "",
     "The certificate of a public authority names neither a CRL nor an OCSP responder, so that no client "
     "learns when it is revoked.",
     "Have the certificate issued anew by an authority that keeps a CRL, or use short-lived certificates."},
    {"must_staple_violated", "Demanded OCSP response not stapled", Severity::high, endpoint, vulnerability,
     Tier::full, "", "CWE-299", "",
     "The certificate says that its server staples an OCSP response (RFC 7633), but none comes that counts. "
     "Clients that heed it refuse the connection.",
     "Switch OCSP stapling on, or have the certificate issued anew without the demand."},
    {"shared_key", "Key shared by certificates of different names", Severity::low, certificate, vulnerability,
     Tier::full, "", "CWE-320", "",
     "Another certificate in use, for other names, has the same key: who gets it from one machine can be all "
     "of them.",
     "Make a key for each machine or service, and have the certificates issued anew."},
    {"duplicate_serial", "Serial number issued twice", Severity::high, certificate, vulnerability, Tier::full,
     "", "CWE-694", "",
     "The issuer gave the same serial number to another certificate, so that one cannot be revoked without "
     "the other.",
     "Have one of the certificates issued anew, and tell the authority."},
    {"batch_gcd", "RSA key that shares a prime", Severity::critical, certificate, vulnerability, Tier::full,
     "", "CWE-331", "",
     "The RSA key has a prime in common with another key of the inventory, so that both private keys are "
     "computed at once.",
     "Make a new key on a machine with enough randomness, have the certificate issued anew and the old one "
     "revoked."},
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
    {"sslv2", "SSL 2.0 accepted", Severity::critical, endpoint, vulnerability, Tier::full, "CVE-2015-3197",
     "CWE-327", "drown",
     "The server accepts SSL 2.0, which is broken in every part: anybody in the network can read and change "
     "what it carries.",
     "Switch SSL 2.0 off."},
    {"drown", "DROWN (SSL 2.0 with the server's RSA key)", Severity::critical, endpoint, vulnerability,
     Tier::full, "CVE-2016-0800,CVE-2016-0703", "CWE-327", "",
     "The server speaks SSL 2.0 with its RSA key. Recorded sessions of TLS whose secrets were sent under "
     "that key can be decrypted by asking it.",
     "Switch SSL 2.0 off on every server that has the key, then have the certificate issued anew with "
     "another key."},
    {"null_ciphers", "Cipher suites without encryption", Severity::critical, endpoint, vulnerability,
     Tier::full, "", "CWE-327", "weak_ciphers",
     "The server accepts suites that encrypt nothing: everybody on the way can read along.",
     "Remove the NULL suites from the server's configuration."},
    {"anonymous_ciphers", "Cipher suites without authentication", Severity::critical, endpoint, vulnerability,
     Tier::full, "", "CWE-327", "weak_ciphers",
     "The server accepts suites in which it does not prove who it is: anybody in the network can put "
     "himself in the middle.",
     "Remove the anonymous suites from the server's configuration."},
    {"export_ciphers", "EXPORT cipher suites", Severity::critical, endpoint, vulnerability, Tier::full, "",
     "CWE-327", "weak_ciphers",
     "The server accepts suites whose keys the law once kept at 40 or 56 bits, which is broken in minutes.",
     "Remove the EXPORT suites from the server's configuration."},
    {"freak", "FREAK (RSA EXPORT suites)", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2015-0204", "CWE-310", "",
     "The server accepts RSA EXPORT suites, whose temporary key can be factored: an attacker in the network "
     "brings faulty clients down to them.",
     "Remove the EXPORT suites from the server's configuration."},
    {"logjam", "LOGJAM (breakable Diffie-Hellman)", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2015-4000", "CWE-310", "",
     "The server accepts Diffie-Hellman with EXPORT suites or with a prime of 1024 bits or fewer, which can "
     "be broken, once for all who use the same prime.",
     "Remove the EXPORT suites, and use ECDHE, or a Diffie-Hellman group of 2048 bits or more."},
    {"dh_weak", "Weak Diffie-Hellman group", Severity::medium, endpoint, vulnerability, Tier::full, "",
     "CWE-326", "logjam",
     "The server uses a Diffie-Hellman group of fewer than 2048 bits, or one that is no proper group.",
     "Use ECDHE, or a Diffie-Hellman group of RFC 7919."},
    {"dh_reuse", "Diffie-Hellman key used again", Severity::low, endpoint, vulnerability, Tier::full,
     "CVE-2020-1968", "CWE-323", "",
     "The server uses one Diffie-Hellman key for several connections, which takes forward secrecy from them "
     "and is what the Raccoon attack needs.",
     "Update the server's TLS library, or use ECDHE only."},
    {"sweet32", "SWEET32 (64-bit block ciphers)", Severity::low, endpoint, vulnerability, Tier::full,
     "CVE-2016-2183,CVE-2016-6329", "CWE-327", "weak_ciphers",
     "The server accepts ciphers with blocks of 64 bits (3DES, DES, IDEA, RC2), which give plaintext away in "
     "long connections.",
     "Remove the suites listed from the server's configuration."},
    {"rc4", "RC4 cipher suites", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2013-2566,CVE-2015-2808", "CWE-327", "weak_ciphers",
     "The server accepts RC4, whose output is biased so that repeated secrets can be recovered (RFC 7465).",
     "Remove the RC4 suites from the server's configuration."},
    {"beast", "BEAST (CBC in SSL 3.0 or TLS 1.0)", Severity::low, endpoint, vulnerability, Tier::full,
     "CVE-2011-3389", "CWE-327", "",
     "The server accepts CBC suites with SSL 3.0 or TLS 1.0, whose initialization vectors can be foretold. "
     "Current clients protect themselves.",
     "Allow TLS 1.2 and TLS 1.3 only."},
    {"lucky13", "LUCKY13 (CBC without encrypt-then-MAC)", Severity::low, endpoint, vulnerability, Tier::full,
     "CVE-2013-0169", "CWE-310", "",
     "The server accepts CBC suites without encrypt-then-MAC. Whether it gives plaintext away depends on how "
     "evenly its library takes its time.",
     "Allow suites with GCM or ChaCha20 only, or keep the TLS library up to date."},
    {"no_forward_secrecy", "No forward secrecy", Severity::medium, endpoint, vulnerability, Tier::full, "",
     "CWE-310", "",
     "With some version the server has no suite with forward secrecy: who gets its key later can read what "
     "was recorded before.",
     "Allow ECDHE suites, and put them first."},
    {"cipher_order", "Client's order of cipher suites counts", Severity::low, endpoint, vulnerability,
     Tier::full, "", "CWE-757", "",
     "The server takes the suite that the client likes best, though some that it accepts are worse than "
     "others.",
     "Have the server's order count, or accept suites with forward secrecy and AEAD only."},
    {"compression_crime", "CRIME (TLS compression)", Severity::high, endpoint, vulnerability, Tier::full,
     "CVE-2012-4929", "CWE-310", "",
     "The server compresses before it encrypts, so that the length of a message gives secrets in it away.",
     "Switch TLS compression off."},
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
    {"early_data", "Early data accepted", Severity::low, endpoint, vulnerability, Tier::full, "", "CWE-294",
     "",
     "The server's TLS 1.3 tickets allow early data (0-RTT): an attacker in the network can send a recorded "
     "request once more.",
     "Switch early data off, or have the application refuse what must not come twice (RFC 8470)."},
    {"client_renegotiation", "Renegotiation at the client's wish", Severity::medium, endpoint, vulnerability,
     Tier::full, "CVE-2011-1473", "CWE-400", "",
     "The server lets clients ask for handshakes on an open connection, as often as they like: one client "
     "can "
     "keep it busy with little effort.",
     "Refuse renegotiation by clients, or allow TLS 1.3 only."},
    {"ticketbleed", "Ticketbleed", Severity::high, endpoint, vulnerability, Tier::full, "CVE-2016-9244",
     "CWE-200", "",
     "The server sends up to 31 bytes of its memory along with a short session id: the fault of F5 BIG-IP.",
     "Update BIG-IP, or switch session tickets off in its profile."},
    {"poodle_tls", "POODLE against TLS", Severity::high, endpoint, vulnerability, Tier::deep, "CVE-2014-8730",
     "CWE-354", "",
     "The server takes records whose CBC padding is wrong, so that an attacker in the network can read "
     "traffic as "
     "with SSL 3.0.",
     "Update what ends TLS there, or remove the CBC suites."},
    {"goldendoodle", "GOLDENDOODLE (CBC padding oracle)", Severity::high, endpoint, vulnerability, Tier::deep,
     "CVE-2019-6485,CVE-2019-6593,CVE-2019-1559", "CWE-203", "",
     "The server answers records with a wrong MAC differently where their padding is right, so that an "
     "attacker "
     "in the network can decrypt traffic byte by byte.",
     "Update what ends TLS there, or remove the CBC suites."},
    {"zombie_poodle", "Zombie POODLE (CBC padding oracle)", Severity::high, endpoint, vulnerability,
     Tier::deep, "CVE-2019-6485,CVE-2019-6593", "CWE-203", "",
     "The server refuses records with wrong padding otherwise than those with a wrong MAC, so that an "
     "attacker "
     "in the network can decrypt traffic byte by byte.",
     "Update what ends TLS there, or remove the CBC suites."},
    {"breach", "BREACH (HTTP compression)", Severity::medium, endpoint, vulnerability, Tier::deep,
     "CVE-2013-3587", "CWE-310", "",
     "The server compresses what it sends over HTTPS: a page that repeats what a client sent and holds a "
     "secret "
     "gives it away by its length.",
     "Do not compress pages that hold secrets, or mask the secrets anew in every answer."},
    {"hsts", "No HTTP Strict Transport Security", Severity::low, endpoint, vulnerability, Tier::deep, "",
     "CWE-319", "",
     "The server does not tell browsers to come back over TLS only (RFC 6797), or for less than 180 days: an "
     "attacker in the network can keep them on HTTP.",
     "Send Strict-Transport-Security with a max-age of at least 15552000."},
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
