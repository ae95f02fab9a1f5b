#include "scan/starttls/dialog.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"

namespace certherald::scan::starttls {

Bytes Dialog::output() { return std::exchange(output_, {}); }

void Dialog::received(ByteView bytes) {
  if (end_) return;
  const std::size_t taken = std::min(bytes.size(), max_talk - heard_);
  heard_ += taken;
  const ByteView kept = bytes.first(taken);
  input_.insert(input_.end(), kept.begin(), kept.end());
  std::size_t used = 0;
  while (!end_ && used < input_.size()) {
    const std::size_t count = read(ByteView(input_).subspan(used));
    used += count;
    if (count == 0) break;
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(used));
  if (!end_ && heard_ == max_talk) {
    end(EndKind::foreign, fmt::format("the server said {} bytes before TLS and came to no end", max_talk));
  }
  if (!end_) return;
  if (end_->kind == EndKind::ready) end_->leftover = input_.size() + (bytes.size() - taken);
  input_ = {};
}

void Dialog::say(ByteView bytes) { output_.insert(output_.end(), bytes.begin(), bytes.end()); }

void Dialog::end(EndKind kind, std::string detail) { end_ = End{kind, std::move(detail), 0}; }

std::string quote(std::string_view said) {
  constexpr std::size_t longest = 160;
  return truncate(single_line(trim(said.substr(0, 4 * longest))), longest);
}

}  // namespace certherald::scan::starttls
