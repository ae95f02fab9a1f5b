#include "model/finding.hpp"

#include "base/enum_names.hpp"

#include <algorithm>
namespace certherald::model {
namespace {

constexpr EnumNames<FindingStatus, 3> statuses = {{"open", "resolved", "accepted"}};

}  // namespace

std::string_view to_string(FindingStatus status) { return statuses.name(status); }

std::optional<FindingStatus> finding_status_from(std::string_view text) { return statuses.find(text); }

bool is_showing(const Finding& finding) {
  if (finding.status != FindingStatus::open) return false;
  if (finding.places.empty()) return true;
  return std::ranges::any_of(finding.places, [](const FindingPlace& place) { return !place.good_since; });
}

}  // namespace certherald::model
