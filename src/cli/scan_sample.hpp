#pragma once

// For tests: observations with every part filled, and hostile ones.

#include "base/test_values.hpp"
#include "codec/x509/test_files.hpp"
#include "model/observation.hpp"

namespace certherald::cli {

inline model::Observation sample_base(const char* host, const char* address) {
  model::Observation out;
  out.endpoint = model::make_endpoint_key(host, 443).value();
  out.address = address;
  out.at = at("2026-11-24T02:33:07Z");
  out.status = model::ScanStatus::scanned;
  out.connections = 52;
  out.bytes_received = 183'220;
  out.duration = Millis(34);
  return out;
}

// A certificate whose every field is fixed, so that snapshots do not change with the test data.
inline model::Certificate sample_certificate() {
  model::Certificate out;
  out.sha256 = std::string(64, 'a');
  out.subject = "CN=shop.example.com,O=Größe AG";
  out.common_name = "shop.example.com";
  out.dns_names = {"shop.example.com", "www.shop.example.com"};
  out.ip_addresses = {"192.0.2.10"};
  out.issuer = "CN=Test Intermediate";
  out.serial = "0a1b";
  out.not_before = at("2026-01-01T00:00:00Z");
  out.not_after = at("2026-12-06T00:00:00Z");
  out.signature_algorithm = "sha256WithRSAEncryption";
  out.key = {"rsa", 2048, "", std::string(64, 'b')};
  return out;
}

inline model::Observation sample_good() {
  model::Observation out = sample_base("shop.example.com", "192.0.2.10");
  out.versions = {{model::ProtocolVersion::tls12, {{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}},
                  {model::ProtocolVersion::tls13, {}}};
  out.groups = {"x25519", "secp256r1"};
  out.chain = {sample_certificate()};
  out.chain.front().not_after = at("2027-06-01T00:00:00Z");
  out.checks = {{"expiry", model::Verdict::not_affected, "the certificate expires in 188 days", {}},
                {"weak_ciphers", model::Verdict::not_affected, "no weak suite is accepted", {}}};
  return out;
}

inline model::Observation sample_bad() {
  model::Observation out = sample_base("2001:db8::10", "2001:db8::10");
  out.endpoint.sni = "old.example.com";
  out.versions = {{model::ProtocolVersion::ssl3, {{0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"}}},
                  {model::ProtocolVersion::tls12, {{0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}}}};
  out.chain = {sample_certificate()};
  out.checks = {
      {"expiry",
       model::Verdict::affected,
       "the certificate expires in 11 days, 2026-12-06 00:00:00 UTC",
       {{"not_after", "2026-12-06T00:00:00Z"}}},
      {"hostname_mismatch", model::Verdict::inconclusive, "the server stopped answering", {}},
      {"self_signed", model::Verdict::affected, "the certificate is signed with its own key", {}},
      {"untrusted_chain", model::Verdict::not_applicable, "the certificate is self-signed", {}},
      {"weak_key", model::Verdict::inconclusive, "the server stopped answering", {}},
      {"poodle_sslv3",
       model::Verdict::affected,
       "SSL 3.0 is accepted with 1 CBC suite",
       {{"ciphers", "SSL 3.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA"}}},
      {"deprecated_protocol", model::Verdict::affected, "SSL 3.0 is accepted", {{"versions", "SSL 3.0"}}},
      {"weak_ciphers", model::Verdict::not_affected, "no weak suite is accepted", {}},
  };
  return out;
}

inline model::Observation sample_unreachable() {
  model::Observation out = sample_base("down.example.com", "");
  out.status = model::ScanStatus::unreachable;
  out.error = "the name does not resolve";
  out.connections = 0;
  out.bytes_received = 0;
  out.checks = {{"expiry", model::Verdict::inconclusive, "the address was not reached", {}}};
  return out;
}

// What a server may do to the reader of a report.
inline model::Observation sample_hostile() {
  model::Observation out = sample_base("evil.example.com", "192.0.2.66");
  model::Certificate certificate = sample_certificate();
  certificate.common_name = "a\x1b[31mred\r\nok \x07 \"q\" \\ \xff\xfe \u202e";
  certificate.subject = certificate.common_name;
  certificate.issuer = std::string("nul\0here ", 9) + std::string(5000, 'x');
  certificate.dns_names = std::vector<std::string>(100,
                                                   "\x9b"
                                                   "2J\u009b2J.example");
  out.chain = {certificate};
  out.groups = {"\x1b]0;title\x07"};
  out.versions = {{model::ProtocolVersion::tls12, {{0xabcd, "unknown 0xabcd"}}}};
  out.checks = {{"untrusted_chain",
                 model::Verdict::affected,
                 "issuer \x1b[2J is\nunknown",
                 {{"issuer", certificate.issuer}, {"ciphers", "\x1b[1A\ntwo"}}}};
  return out;
}

}  // namespace certherald::cli
