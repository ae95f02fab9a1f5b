#include "model/observation.hpp"

#include <algorithm>

#include "base/enum_names.hpp"

#include <array>

namespace certherald::model {
namespace {

struct VersionRow {
  std::string_view id;
  std::string_view display;
};

constexpr std::array<VersionRow, 6> versions = {{{"sslv2", "SSL 2.0"},
                                                 {"sslv3", "SSL 3.0"},
                                                 {"tls1.0", "TLS 1.0"},
                                                 {"tls1.1", "TLS 1.1"},
                                                 {"tls1.2", "TLS 1.2"},
                                                 {"tls1.3", "TLS 1.3"}}};
constexpr EnumNames<ScanStatus, 4> statuses = {{"scanned", "unreachable", "not_tls", "blocked"}};

}  // namespace

std::string_view to_string(ProtocolVersion version) { return versions[static_cast<std::size_t>(version)].id; }
std::string_view display_name(ProtocolVersion version) {
  return versions[static_cast<std::size_t>(version)].display;
}

std::optional<ProtocolVersion> protocol_version_from(std::string_view text) {
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (versions[i].id == text) return static_cast<ProtocolVersion>(i);
  }
  return std::nullopt;
}

std::string_view to_string(ScanStatus status) { return statuses.name(status); }

std::optional<ScanStatus> scan_status_from(std::string_view text) { return statuses.find(text); }

bool presents(const Observation& observation, std::string_view sha256) {
  if (!observation.chain.empty() && observation.chain.front().sha256 == sha256) return true;
  return std::ranges::any_of(observation.other_chains, [sha256](const OtherChain& other) {
    return other.chain.front().sha256 == sha256;
  });
}

const CheckResult* find_check_result(const Observation& observation, std::string_view id) {
  for (const CheckResult& result : observation.checks) {
    if (result.id == id) return &result;
  }
  return nullptr;
}

}  // namespace certherald::model
