#pragma once

#include <cstddef>
#include <string>

#include "cli/context.hpp"
#include "model/observation.hpp"

namespace certherald::cli {

// One JSON object (RFC 8259) and a newline, as doc/cli.md promises it: every key is always there, in this
// order, null where the value is unknown. Valid for any text that a server may send.
[[nodiscard]] std::string scan_json(const model::Observation& observation);

// A block for people that ends in an empty line: what is wrong first, the worst before the rest, with what to
// do. Nothing that a server sent can move the cursor or change colours.
[[nodiscard]] std::string scan_text(const model::Observation& observation, Colours colours);

// One line for an address that was scanned and has no problem, where there are many.
[[nodiscard]] std::string scan_line(const model::Observation& observation, Colours colours);

[[nodiscard]] bool has_problems(const model::Observation& observation);

struct ScanTotals {
  std::size_t addresses = 0;
  std::size_t fine = 0;         // scanned, no problem
  std::size_t affected = 0;     // scanned, with problems
  std::size_t not_scanned = 0;  // unreachable, no TLS, blocked

  friend bool operator==(const ScanTotals&, const ScanTotals&) = default;
};
void count(ScanTotals& totals, const model::Observation& observation);

// "3 addresses: 1 with problems, 1 without, 1 not scanned" and a newline.
[[nodiscard]] std::string scan_totals_text(const ScanTotals& totals);

}  // namespace certherald::cli
