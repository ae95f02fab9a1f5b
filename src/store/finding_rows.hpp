#pragma once

#include <string>
#include <vector>

#include "model/finding.hpp"
#include "store/engine.hpp"

namespace certherald::store {

// The columns of a finding (table alias f), without its places.
inline constexpr std::string_view finding_columns =
    "f.id, f.check_id, f.subject_kind, f.subject, f.severity, f.status, f.episode, f.first_seen, "
    "f.last_seen, "
    "f.resolved_at, f.accepted_until";
using FindingRows = Rows<model::FindingId, std::string, std::string, std::string, std::string, std::string,
                         std::int64_t, Instant, Instant, std::optional<Instant>, std::optional<Instant>>;
[[nodiscard]] model::Finding to_finding(FindingRows::Row& row);

// Places of the findings that `list` says ("= :id"), with the rows of finding and endpoint before them.
using PlaceRows = Rows<std::int64_t, std::int64_t, std::string, std::uint16_t, std::string, std::string,
                       std::string, std::string, std::string, Instant, std::optional<Instant>, bool,
                       std::optional<Instant>, std::string, std::string>;
[[nodiscard]] std::string place_select(std::string_view list);
[[nodiscard]] model::FindingPlace to_place(PlaceRows::Row& row);

// Fills in the places of findings that have none yet.
void load_places(Engine& engine, std::vector<model::Finding>& findings);

}  // namespace certherald::store
