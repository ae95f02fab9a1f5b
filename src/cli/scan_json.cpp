#include <boost/json.hpp>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/json_text.hpp"
#include "cli/scan_output.hpp"
#include "model/check.hpp"

namespace certherald::cli {
namespace {

namespace json = boost::json;

json::value text(std::string_view bytes) { return json_text(bytes); }
json::value text_or_null(std::string_view bytes) {
  return bytes.empty() ? json::value(nullptr) : text(bytes);
}

json::array texts(const std::vector<std::string>& values) {
  json::array out;
  for (const std::string& value : values) out.push_back(text(value));
  return out;
}

json::value versions_json(const model::Observation& observation) {
  if (observation.status != model::ScanStatus::scanned) return nullptr;
  json::array out;
  for (const model::VersionCiphers& row : observation.versions) out.push_back(text(to_string(row.version)));
  return out;
}

std::string code_text(model::ProtocolVersion version, std::uint32_t code) {
  return version == model::ProtocolVersion::ssl2 ? fmt::format("{:06x}", code) : fmt::format("{:04x}", code);
}

json::value ciphers_json(const model::Observation& observation) {
  if (observation.status != model::ScanStatus::scanned) return nullptr;
  json::object out;
  for (const model::VersionCiphers& row : observation.versions) {
    if (row.ciphers.empty()) {
      out[to_string(row.version)] = nullptr;  // accepted, not enumerated
      continue;
    }
    json::array suites;
    for (const model::CipherSuite& suite : row.ciphers) {
      suites.push_back(
          json::object{{"code", code_text(row.version, suite.code)}, {"name", text(suite.name)}});
    }
    out[to_string(row.version)] = std::move(suites);
  }
  return out;
}

json::value groups_json(const model::Observation& observation) {
  if (observation.status != model::ScanStatus::scanned) return nullptr;
  return texts(observation.groups);
}

json::object certificate_json(const model::Certificate& certificate) {
  const auto& key = certificate.key;
  return {
      {"subject", text(certificate.subject)},
      {"common_name", text_or_null(certificate.common_name)},
      {"sans", texts(model::subject_alternative_names(certificate))},
      {"issuer", text(certificate.issuer)},
      {"serial", text(certificate.serial)},
      {"not_before", to_iso8601(certificate.not_before)},
      {"not_after", to_iso8601(certificate.not_after)},
      {"sha256", text(certificate.sha256)},
      {"signature_algorithm", text(certificate.signature_algorithm)},
      {"key", json::object{{"type", text(key.type)},
                           {"bits", key.bits > 0 ? json::value(key.bits) : json::value(nullptr)}}},
  };
}

json::value chain_json(const std::vector<model::Certificate>& chain) {
  if (chain.empty()) return nullptr;
  json::array out;
  for (const model::Certificate& certificate : chain) out.push_back(certificate_json(certificate));
  return out;
}

// null where nobody asked.
json::value other_chains_json(const model::Observation& observation) {
  if (observation.other_chains.empty() && !observation.others_asked) return nullptr;
  json::array out;
  for (const model::OtherChain& other : observation.other_chains) {
    out.push_back(json::object{
        {"way", text(other.way)}, {"for_name", other.for_name}, {"chain", chain_json(other.chain)}});
  }
  return out;
}

json::array cves_json(std::string_view list) {
  json::array out;
  for (const std::string_view cve : split(list, ',')) {
    if (!trim(cve).empty()) out.push_back(text(trim(cve)));
  }
  return out;
}

json::object check_json(const model::CheckResult& result) {
  const model::CheckInfo* info = model::find_check(result.id);
  json::object evidence;
  for (const auto& [name, value] : result.evidence) evidence[to_utf8(name)] = text(value);
  return {
      {"id", text(result.id)},
      {"verdict", text(to_string(result.verdict))},
      {"severity", info == nullptr ? json::value(nullptr) : text(to_string(info->severity))},
      {"reason", text(result.reason)},
      {"cve", cves_json(info == nullptr ? "" : info->cve)},
      {"evidence", std::move(evidence)},
  };
}

json::array checks_json(const model::Observation& observation) {
  json::array out;
  for (const model::CheckResult& result : observation.checks) out.push_back(check_json(result));
  return out;
}

}  // namespace

std::string scan_json(const model::Observation& observation) {
  const model::EndpointKey& endpoint = observation.endpoint;
  const json::object line = {
      {"target", text(model::display_name(endpoint))},
      {"address", text_or_null(observation.address)},
      {"port", endpoint.port},
      {"sni", text_or_null(endpoint.sni)},
      {"starttls", text_or_null(endpoint.starttls)},
      {"status", text(to_string(observation.status))},
      {"error", text_or_null(observation.error)},
      {"versions", versions_json(observation)},
      {"ciphers", ciphers_json(observation)},
      {"groups", groups_json(observation)},
      {"chain", chain_json(observation.chain)},
      {"other_chains", other_chains_json(observation)},
      {"checks", checks_json(observation)},
      {"connections", observation.connections},
      {"bytes_received", observation.bytes_received},
      {"duration_ms", observation.duration.count()},
  };
  return json_serialized(line) + "\n";
}

}  // namespace certherald::cli
