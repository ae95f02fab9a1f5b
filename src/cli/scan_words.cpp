#include "cli/scan_words.hpp"

#include <fmt/format.h>

namespace certherald::cli {

std::string place_text(const model::Observation& observation) {
  const model::EndpointKey& endpoint = observation.endpoint;
  std::string out = model::display_name(endpoint);
  const bool other_address = !observation.address.empty() && observation.address != endpoint.host;
  const bool other_name = !endpoint.sni.empty() && endpoint.sni != endpoint.host;
  if (other_address) out += " at " + observation.address;
  if (other_name) out += " as " + endpoint.sni;
  return out;
}

std::string not_scanned_text(const model::Observation& observation) {
  if (!observation.error.empty()) return observation.error;
  return std::string(to_string(observation.status));
}

std::vector<JudgedCheck> with_verdict(const model::Observation& observation, model::Verdict verdict) {
  using enum model::Severity;
  std::vector<JudgedCheck> out;
  for (const model::Severity severity : {critical, high, medium, low, info}) {
    for (const model::CheckResult& result : observation.checks) {
      const model::CheckInfo* check = model::find_check(result.id);
      if (check == nullptr || check->severity != severity || result.verdict != verdict) continue;
      out.push_back({&result, check});
    }
  }
  return out;
}

std::string common_name_in(std::string_view name) {
  bool at_start = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (at_start && name.substr(i).starts_with("CN=")) {
      std::string out;
      for (i += 3; i < name.size() && name[i] != ',' && name[i] != '+'; ++i) {
        if (name[i] == '\\' && i + 1 < name.size()) ++i;
        out += name[i];
      }
      return out;
    }
    if (name[i] == '\\') {
      ++i;
      at_start = false;
      continue;
    }
    at_start = name[i] == ',' || name[i] == '+';
  }
  return {};
}

}  // namespace certherald::cli
