#include <array>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/json_text.hpp"
#include "cli/scan_words.hpp"
#include "cli/scan_writers.hpp"
#include "cli/text_block.hpp"
#include "codec/tls/cipher_suites.hpp"

namespace certherald::cli {
namespace {

namespace json = boost::json;
using enum model::ProtocolVersion;

struct Version {
  model::ProtocolVersion version;
  std::string_view id;
  std::string_view severity;  // where it is offered
  std::string_view word;      // in ids and findings of suites
};

constexpr std::array versions = std::to_array<Version>({
    {ssl2, "SSLv2", "CRITICAL", "ssl2"},
    {ssl3, "SSLv3", "HIGH", "ssl3"},
    {tls10, "TLS1", "LOW", "tls1"},
    {tls11, "TLS1_1", "LOW", "tls1_1"},
    {tls12, "TLS1_2", "OK", "tls1_2"},
    {tls13, "TLS1_3", "OK", "tls1_3"},
});

// Checks that are one finding there.
struct Id {
  std::string_view check;
  std::string_view id;
};

constexpr std::array ids = std::to_array<Id>({
    {"expiry", "cert_expirationStatus"},
    {"not_yet_valid", "cert_validityStart"},
    {"hostname_mismatch", "cert_trust"},
    {"self_signed", "cert_chain_of_trust"},
    {"untrusted_chain", "cert_chain_of_trust"},
    {"weak_signature", "cert_signatureAlgorithm"},
    {"weak_key", "cert_keySize"},
    {"poodle_sslv3", "POODLE_SSL"},
    {"drown", "DROWN"},
    {"freak", "FREAK"},
    {"logjam", "LOGJAM"},
    {"dh_weak", "DH_groups"},
    {"sweet32", "SWEET32"},
    {"rc4", "RC4"},
    {"beast", "BEAST"},
    {"lucky13", "LUCKY13"},
    {"no_forward_secrecy", "FS"},
    {"cipher_order", "cipher_order"},
    {"compression_crime", "CRIME_TLS"},
});

// The check of weak suites is several there; `of_class` is what our evidence calls them.
struct CipherList {
  std::string_view of_class;
  std::string_view id;
};

constexpr std::array cipher_lists = std::to_array<CipherList>({
    {"no encryption", "cipherlist_NULL"},
    {"no authentication", "cipherlist_aNULL"},
    {"export-grade keys", "cipherlist_EXPORT"},
    {"DES, RC2, RC4 or MD5", "cipherlist_LOW"},
    {"64-bit blocks (3DES, IDEA)", "cipherlist_3DES_IDEA"},
});

std::string severity_of(const model::CheckResult& result, const model::CheckInfo* info) {
  switch (result.verdict) {
    case model::Verdict::affected:
      return info == nullptr ? "MEDIUM" : upper(to_string(info->severity));
    case model::Verdict::not_affected:
      return "OK";
    case model::Verdict::inconclusive:
      return "WARN";
    case model::Verdict::not_applicable:
      return "INFO";
  }
  return "WARN";
}

// The findings of one address.
class Findings {
 public:
  explicit Findings(const model::Observation& observation)
      : observation_(observation),
        ip_(observation.endpoint.host + "/" + observation.address),
        port_(std::to_string(observation.endpoint.port)) {}

  [[nodiscard]] std::vector<std::string> all() && {
    if (observation_.status != model::ScanStatus::scanned) {
      put("scanProblem", "FATAL", not_scanned_text(observation_));
      return std::move(lines_);
    }
    protocols();
    suites();
    if (!observation_.groups.empty()) put("FS_ECDHE_curves", "INFO", join(observation_.groups, " "));
    certificate();
    for (const model::CheckResult& result : observation_.checks) check(result);
    return std::move(lines_);
  }

 private:
  void put(std::string_view id, std::string_view severity, std::string_view finding,
           const model::CheckInfo* info = nullptr) {
    json::object line = {{"id", json_text(id)},
                         {"ip", json_text(ip_)},
                         {"port", json_text(port_)},
                         {"severity", json_text(severity)}};
    if (info != nullptr && !info->cve.empty()) line["cve"] = json_text(join_spaced(info->cve));
    if (info != nullptr && !info->cwe.empty()) line["cwe"] = json_text(info->cwe);
    line["finding"] = json_text(finding);
    lines_.push_back(json_serialized(line));
  }

  static std::string join_spaced(std::string_view cves) {
    std::vector<std::string> out;
    for (const std::string_view cve : split(cves, ',')) out.emplace_back(trim(cve));
    return join(out, " ");
  }

  // What was not accepted may not have been asked either; only a check that passed says "not offered".
  void protocols() {
    const auto* old = model::find_check_result(observation_, "deprecated_protocol");
    const bool old_refused = old != nullptr && old->verdict == model::Verdict::not_affected;
    const auto* oldest = model::find_check_result(observation_, "sslv2");
    const bool oldest_refused = oldest != nullptr && oldest->verdict == model::Verdict::not_affected;
    for (const Version& row : versions) {
      const auto at = std::ranges::find(observation_.versions, row.version, &model::VersionCiphers::version);
      if (at != observation_.versions.end()) {
        put(row.id, row.severity, row.severity == "LOW" ? "offered (deprecated)" : "offered");
      } else if (old_refused && row.version >= ssl3 && row.version <= tls11) {
        put(row.id, row.version == ssl3 ? "OK" : "INFO", "not offered");
      } else if (oldest_refused && row.version == ssl2) {
        put(row.id, "OK", "not offered");
      }
    }
  }

  void suites() {
    for (const model::VersionCiphers& accepted : observation_.versions) {
      const auto* row = std::ranges::find(versions, accepted.version, &Version::version);
      for (const model::CipherSuite& suite : accepted.ciphers) {
        const auto* info = codec::tls::find_cipher_suite(suite.code);
        const bool weak = accepted.version == ssl2 || (info != nullptr && info->weak.any());
        put(fmt::format("cipher-{}_x{:02x}", row->word, suite.code), weak ? "HIGH" : "OK",
            fmt::format("{} x{:02x} {}", model::display_name(accepted.version), suite.code, suite.name));
      }
    }
  }

  void certificate() {
    if (observation_.chain.empty()) return;
    const model::Certificate& leaf = observation_.chain.front();
    put("certs_countServer", "INFO", std::to_string(observation_.chain.size()));
    put("cert_serialNumber", "INFO", upper(leaf.serial));
    put("cert_fingerprintSHA256", "INFO", upper(leaf.sha256));
    put("cert_commonName", "OK", model::display_common_name(leaf));
    put("cert_subjectAltName", "INFO", join(model::subject_alternative_names(leaf), " "));
    put("cert_caIssuers", "INFO", leaf.issuer);
    put("cert_notBefore", "INFO", to_iso8601(leaf.not_before));
    put("cert_notAfter", "INFO", to_iso8601(leaf.not_after));
  }

  void check(const model::CheckResult& result) {
    const model::CheckInfo* info = model::find_check(result.id);
    if (result.id == "weak_ciphers") return cipher_classes(result, info);
    const auto* row = std::ranges::find(ids, std::string_view(result.id), &Id::check);
    if (row == ids.end()) return;  // told version by version
    put(row->id, severity_of(result, info), result.reason, info);
  }

  void cipher_classes(const model::CheckResult& result, const model::CheckInfo* info) {
    const auto evidence = result.evidence.find("classes");
    std::vector<std::string_view> offered;
    if (evidence != result.evidence.end()) offered = split(evidence->second, '\n');
    for (const CipherList& row : cipher_lists) {
      if (result.verdict == model::Verdict::not_affected) {
        put(row.id, "OK", "not offered", info);
      } else if (result.verdict == model::Verdict::inconclusive) {
        put(row.id, "WARN", result.reason, info);
      } else if (std::ranges::find(offered, row.of_class) != offered.end()) {
        put(row.id, severity_of(result, info), "offered", info);
      }
    }
  }

  const model::Observation& observation_;
  std::string ip_;
  std::string port_;
  std::vector<std::string> lines_;
};

class TestsslWriter final : public ScanWriter {
 public:
  std::string begin() override { return "["; }
  std::string add(const model::Observation& observation) override {
    return together(Findings(observation).all());
  }
  std::string end(ScanEnd end) override {
    std::string out;
    if (end == ScanEnd::cancelled) {
      const json::object line = {{"id", "scanProblem"},
                                 {"ip", "/"},
                                 {"port", ""},
                                 {"severity", "FATAL"},
                                 {"finding", "the scan was stopped before its end"}};
      out = together({json_serialized(line)});
    }
    return out + "\n]\n";
  }

 private:
  std::string together(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) {
      out += empty_ ? "\n  " : ",\n  ";
      out += line;
      empty_ = false;
    }
    return out;
  }

  bool empty_ = true;
};

}  // namespace

std::unique_ptr<ScanWriter> make_testssl_writer() { return std::make_unique<TestsslWriter>(); }

}  // namespace certherald::cli
