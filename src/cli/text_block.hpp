#pragma once

#include <string>
#include <string_view>

#include "cli/context.hpp"
#include "model/verdict.hpp"

namespace certherald::cli {

// Whatever a server said, on one line of bounded length and with no power over the terminal.
[[nodiscard]] std::string shown(std::string_view text);

[[nodiscard]] std::string upper(std::string_view text);  // ASCII
[[nodiscard]] std::string_view severity_colour(model::Severity severity);

// Lines for people: a title, then labels with values, and more below a value.
class TextBlock {
 public:
  explicit TextBlock(Colours colours) : colours_(colours) {}

  void title(std::string_view name, std::string_view note);
  // A label of at most eleven characters, and its value. `colour` is the number of a terminal's, "" for none.
  void line(std::string_view label, std::string_view colour, std::string_view value);
  void below(std::string_view value);

  [[nodiscard]] std::string finish() && { return std::move(out_) + "\n"; }  // with an empty line
  [[nodiscard]] std::string lines() && { return std::move(out_); }

 private:
  [[nodiscard]] std::string paint(std::string_view colour, std::string_view text) const;

  Colours colours_;
  std::string out_;
};

}  // namespace certherald::cli
