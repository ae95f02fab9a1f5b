#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/list_rows.hpp"

namespace certherald::cli {

enum class RowForm : std::uint8_t { table, json };  // json: one object a line

// Prints rows as they come. Columns are as wide as the first screenful needs, so that a list of a million
// rows neither waits nor sits in memory.
class RowPrinter final {
 public:
  // `out` outlives it. Headings are for the table.
  RowPrinter(RowForm form, const std::vector<std::string>& headings, std::ostream& out);

  [[nodiscard]] Status row(const ListRow& row);
  [[nodiscard]] Status finish();

 private:
  [[nodiscard]] Status check() const;
  void flush();

  RowForm form_;
  std::ostream& out_;
  std::vector<std::vector<std::string>> held_;
  std::vector<std::size_t> widths_;
};

}  // namespace certherald::cli
