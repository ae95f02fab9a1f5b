#include "cli/row_printer.hpp"

#include <algorithm>
#include <ostream>

#include <boost/json/serialize.hpp>

#include "base/text.hpp"

namespace certherald::cli {
namespace {

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

}  // namespace

RowPrinter::RowPrinter(RowForm form, const std::vector<std::string>& headings, std::ostream& out)
    : form_(form), out_(out) {
  if (form_ == RowForm::table) held_.push_back(headings);
}

Status RowPrinter::row(const ListRow& row) {
  if (form_ == RowForm::json) {
    out_ << boost::json::serialize(row.keys) << '\n';
    return check();
  }
  held_.push_back(row.cells);
  constexpr std::size_t screenful = 200;
  if (held_.size() >= screenful || !widths_.empty()) flush();
  return check();
}

Status RowPrinter::finish() {
  flush();
  out_.flush();
  return check();
}

Status RowPrinter::check() const {
  if (out_) return {};
  return fail(ErrorKind::internal, "the output could not be written");
}

void RowPrinter::flush() {
  constexpr std::size_t widest = 48;
  for (auto& cells : held_) {
    for (std::string& cell : cells) cell = single_line(cell);
  }
  if (widths_.empty()) {
    for (const auto& cells : held_) {
      widths_.resize(std::max(widths_.size(), cells.size()));
      for (std::size_t i = 0; i < cells.size(); ++i) {
        widths_[i] = std::max(widths_[i], std::min(width_of(cells[i]), widest));
      }
    }
  }
  for (const auto& cells : held_) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out_ << cells[i];
      if (i + 1 == cells.size()) break;
      const std::size_t used = width_of(cells[i]);
      out_ << std::string(used < widths_[i] ? widths_[i] - used + 2 : 2, ' ');
    }
    out_ << '\n';
  }
  held_.clear();
}

}  // namespace certherald::cli
