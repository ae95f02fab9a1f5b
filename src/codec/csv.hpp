#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace certherald::codec {

inline constexpr std::size_t max_csv_fields = 100;  // of one record

struct CsvRecord {
  std::size_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;

  friend bool operator==(const CsvRecord&, const CsvRecord&) = default;
};

// The records of a CSV text (RFC 4180), in UTF-8, with or without a byte order mark; lines end with CRLF or
// LF. Empty lines are passed over. `invalid_input` names the line: a quote that does not close or stands
// inside a field, text behind a closing quote, a record of another number of fields than the first.
[[nodiscard]] Result<std::vector<CsvRecord>> read_csv(std::string_view text);

}  // namespace certherald::codec
