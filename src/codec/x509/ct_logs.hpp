#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace certherald::codec::x509 {

// A log of Certificate Transparency as the list of logs has it.
struct CtLog {
  std::array<std::uint8_t, 32> id{};  // SHA-256 of `key`
  Bytes key;                          // SubjectPublicKeyInfo, DER
  std::string name;
  std::string operated_by;
  bool counts = false;                // usable, qualified or read-only; or retired, up to `retired_at`
  std::optional<Instant> retired_at;  // timestamps from then on do not count

  friend bool operator==(const CtLog&, const CtLog&) = default;
};

struct CtLogList {
  Instant dated{};
  std::vector<CtLog> logs;

  [[nodiscard]] const CtLog* find(const std::array<std::uint8_t, 32>& id) const;

  friend bool operator==(const CtLogList&, const CtLogList&) = default;
};

// Reads a list of logs in the form that browsers publish ("log list v3": JSON with `log_list_timestamp` and
// `operators`, whose `logs` and `tiled_logs` have a `key` in base64 and a `state`). A log whose key cannot be
// read is left out; `invalid_input` for what is no such list, has no date or no log at all.
[[nodiscard]] Result<CtLogList> parse_ct_logs(std::string_view text);

}  // namespace certherald::codec::x509
