#include <boost/json.hpp>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/json_text.hpp"
#include "cli/scan_words.hpp"
#include "cli/scan_writers.hpp"
#include "codec/tls/cipher_suites.hpp"

namespace certherald::cli {
namespace {

namespace json = boost::json;

std::string_view version_word(model::ProtocolVersion version) {
  switch (version) {
    case model::ProtocolVersion::ssl2:
      return "ssl20";
    case model::ProtocolVersion::ssl3:
      return "ssl30";
    case model::ProtocolVersion::tls10:
      return "tls10";
    case model::ProtocolVersion::tls11:
      return "tls11";
    case model::ProtocolVersion::tls12:
      return "tls12";
    case model::ProtocolVersion::tls13:
      return "tls13";
  }
  return "";
}

// "0A:1B"
std::string serial_text(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const char c = hex[i];
    out += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    if (hex.front() != '-' && i % 2 == 1 && i + 1 < hex.size()) out += ':';
  }
  return out;
}

void put_certificate(json::object& out, const model::Certificate& certificate) {
  const auto names = model::subject_alternative_names(certificate);
  json::array sans;
  for (const std::string& name : names) sans.push_back(json_text(name));
  const bool wildcard = certificate.common_name.starts_with("*.") ||
                        std::ranges::any_of(names, [](const auto& n) { return n.starts_with("*."); });
  out["not_before"] = to_iso8601(certificate.not_before);
  out["not_after"] = to_iso8601(certificate.not_after);
  out["subject_dn"] = json_text(certificate.subject);
  out["subject_cn"] = json_text(certificate.common_name);
  out["subject_an"] = std::move(sans);
  out["serial"] = json_text(serial_text(certificate.serial));
  out["issuer_dn"] = json_text(certificate.issuer);
  out["issuer_cn"] = json_text(common_name_in(certificate.issuer));
  out["fingerprint_hash"] = json::object{{"sha256", json_text(certificate.sha256)}};
  if (wildcard) out["wildcard_certificate"] = true;
}

// A key is only there where it is true, as there.
void put_faults(json::object& out, const model::Observation& observation) {
  struct Row {
    std::string_view check;
    std::string_view key;
  };
  for (const auto& [check, key] : {Row{"self_signed", "self_signed"}, Row{"hostname_mismatch", "mismatched"},
                                   Row{"untrusted_chain", "untrusted"}}) {
    const auto* result = model::find_check_result(observation, check);
    if (result != nullptr && result->verdict == model::Verdict::affected) out[key] = true;
  }
  if (!observation.chain.empty() && observation.chain.front().not_after < observation.at)
    out["expired"] = true;
}

json::object sorted_suites(const model::VersionCiphers& row) {
  json::object out;
  const auto put = [&out](std::string_view kind, const model::CipherSuite& suite) {
    auto& list = out[kind];
    if (!list.is_array()) list = json::array();
    list.as_array().push_back(json_text(suite.name));
  };
  for (const model::CipherSuite& suite : row.ciphers) {
    const auto* info = codec::tls::find_cipher_suite(suite.code);
    if (info == nullptr || row.version == model::ProtocolVersion::ssl2) {
      put(row.version == model::ProtocolVersion::ssl2 ? "insecure" : "unknown", suite);
    } else if (info->weak.any()) {
      put("insecure", suite);
    } else {
      put(info->forward_secret() ? "secure" : "weak", suite);
    }
  }
  return out;
}

void put_versions(json::object& out, const model::Observation& observation) {
  json::array names;
  json::array suites;
  for (const model::VersionCiphers& row : observation.versions) {
    names.push_back(json_text(version_word(row.version)));
    if (row.ciphers.empty()) continue;
    suites.push_back(
        json::object{{"version", json_text(version_word(row.version))}, {"ciphers", sorted_suites(row)}});
  }
  if (!observation.versions.empty()) {
    const model::VersionCiphers& best = observation.versions.back();
    out["tls_version"] = json_text(version_word(best.version));
    if (!best.ciphers.empty()) out["cipher"] = json_text(best.ciphers.front().name);
  }
  out["version_enum"] = std::move(names);
  out["cipher_enum"] = std::move(suites);
}

class TlsxWriter final : public ScanWriter {
 public:
  std::string add(const model::Observation& observation) override {
    const model::EndpointKey& endpoint = observation.endpoint;
    const bool scanned = observation.status == model::ScanStatus::scanned;
    json::object out = {{"timestamp", to_iso8601(observation.at)}, {"host", json_text(endpoint.host)}};
    if (!observation.address.empty()) out["ip"] = json_text(observation.address);
    out["port"] = std::to_string(endpoint.port);
    out["probe_status"] = scanned;
    if (!endpoint.sni.empty()) out["sni"] = json_text(endpoint.sni);
    if (!scanned) {
      out["error"] = json_text(not_scanned_text(observation));
      return json_serialized(out) + "\n";
    }
    out["tls_connection"] = "certherald";
    put_versions(out, observation);
    put_faults(out, observation);
    if (!observation.chain.empty()) put_certificate(out, observation.chain.front());
    json::array chain;
    for (std::size_t i = 1; i < observation.chain.size(); ++i) {
      json::object one;
      put_certificate(one, observation.chain[i]);
      chain.push_back(std::move(one));
    }
    if (!chain.empty()) out["chain"] = std::move(chain);
    return json_serialized(out) + "\n";
  }
  std::string end(ScanEnd /*end*/) override { return {}; }
};

}  // namespace

std::unique_ptr<ScanWriter> make_tlsx_writer() { return std::make_unique<TlsxWriter>(); }

}  // namespace certherald::cli
