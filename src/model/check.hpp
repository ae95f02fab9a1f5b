#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/verdict.hpp"

namespace certherald::model {

// What a finding of a check is about. Faults of the certificate itself are one problem however many
// endpoints serve it; everything else is a problem of the endpoint.
enum class SubjectKind : std::uint8_t { certificate, endpoint };

// How much a check costs: `inventory` is one connection for each address.
enum class Tier : std::uint8_t { inventory, full, deep };

// Which policies speak about it: expiry policies, vulnerability policies.
enum class CheckKind : std::uint8_t { expiry, vulnerability };

struct CheckInfo {
  std::string_view id;     // stable for ever
  std::string_view title;  // as tickets say it
  Severity severity;
  SubjectKind subject;
  CheckKind kind;
  Tier tier;
  std::string_view cve;  // comma separated, "" for none
  std::string_view cwe;
  std::string_view subsumed_by;  // id of the check whose ticket lists this one too, "" for none
  std::string_view meaning;      // what the finding says, one or two sentences
  std::string_view mend;         // what to do
};

// Every check, in the order people see them.
[[nodiscard]] std::span<const CheckInfo> all_checks();
[[nodiscard]] const CheckInfo* find_check(std::string_view id);  // nullptr where there is none

[[nodiscard]] std::string_view to_string(Tier tier);
[[nodiscard]] std::optional<Tier> tier_from(std::string_view text);
[[nodiscard]] std::string_view to_string(CheckKind kind);

}  // namespace certherald::model
