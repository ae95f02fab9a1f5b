#include "cli/text_block.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace certherald::cli {

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 160;  // code points
  return truncate(single_line(text), longest);
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string_view severity_colour(model::Severity severity) {
  switch (severity) {
    case model::Severity::critical:
    case model::Severity::high:
      return "1;31";  // bold red
    case model::Severity::medium:
      return "33";  // yellow
    case model::Severity::low:
    case model::Severity::info:
      return "36";  // cyan
  }
  return "0";
}

void TextBlock::title(std::string_view name, std::string_view note) {
  out_ += paint("1", name);
  if (!note.empty()) out_ += fmt::format("  {}", note);
  out_ += '\n';
}

void TextBlock::line(std::string_view label, std::string_view colour, std::string_view value) {
  const std::string padded = fmt::format("{:<11}", label);
  out_ += fmt::format("  {}  {}\n", colour.empty() ? padded : paint(colour, padded), value);
}

void TextBlock::below(std::string_view value) { out_ += fmt::format("{:15}{}\n", "", value); }

std::string TextBlock::paint(std::string_view colour, std::string_view text) const {
  if (colours_ == Colours::off) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
}

}  // namespace certherald::cli
