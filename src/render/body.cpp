#include "render/body.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace certherald::render {
namespace {

// How many items each kind of list may show: `others` beyond what it keeps, which may be fewer than none.
struct Room {
  std::ptrdiff_t others = 0;
  std::ptrdiff_t last = 0;
};

std::size_t shown(const Part& part, const Room& room) {
  const auto size = static_cast<std::ptrdiff_t>(std::min(part.list.size(), part.most));
  const bool last = part.gives == Part::Gives::last;
  const std::ptrdiff_t wanted = last ? room.last : static_cast<std::ptrdiff_t>(part.keep) + room.others;
  return static_cast<std::size_t>(std::clamp(wanted, std::ptrdiff_t{0}, size));
}

std::string rest_of(const Part& part, std::size_t items, const std::string& link) {
  const std::string more = fmt::format("{}and {} more", part.indent, part.list.size() - items);
  return link.empty() ? more : more + ": " + link;
}

// Of a line and its end.
std::size_t length_of(std::string_view line) {
  const auto points = std::ranges::count_if(line, [](char c) { return (c & '\xc0') != '\x80'; });
  return static_cast<std::size_t>(points) + 1;
}

// Of a part with 0, 1, ... of its items.
std::vector<std::size_t> lengths_of(const Part& part) {
  std::size_t length = 0;
  for (const std::string& line : part.lines) length += length_of(line);
  std::vector<std::size_t> lengths = {length};
  for (const std::string& item : part.list) lengths.push_back(length += part.indent.size() + length_of(item));
  return lengths;
}

class Fitting {
 public:
  Fitting(const std::vector<Part>& parts, std::size_t longest, const std::string& link)
      : parts_(parts), longest_(longest), link_(link) {
    for (const Part& part : parts) lengths_.push_back(lengths_of(part));
  }

  // The most generous room that fits, else the least one.
  [[nodiscard]] Room room() const {
    Room room;
    std::ptrdiff_t keep = 0;
    for (const Part& part : parts_) {
      const auto most = static_cast<std::ptrdiff_t>(std::min(part.list.size(), part.most));
      std::ptrdiff_t& widest = part.gives == Part::Gives::last ? room.last : room.others;
      widest = std::max(widest, most);
      keep = std::max(keep, static_cast<std::ptrdiff_t>(part.keep));
    }
    if (longest_ == 0) return room;
    while (!fits(room) && room.others > 0) --room.others;
    while (!fits(room) && room.last > 0) --room.last;
    while (!fits(room) && room.others > -keep) --room.others;
    return room;
  }

 private:
  [[nodiscard]] bool fits(const Room& room) const {
    std::size_t length = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const std::size_t items = shown(parts_[i], room);
      length += lengths_[i][items];
      if (items < parts_[i].list.size()) length += length_of(rest_of(parts_[i], items, link_));
    }
    return length <= longest_ + 1;  // the last line has no end
  }

  const std::vector<Part>& parts_;
  std::size_t longest_;
  const std::string& link_;
  std::vector<std::vector<std::size_t>> lengths_;
};

}  // namespace

std::string lay_out(const std::vector<Part>& parts, std::size_t longest, const std::string& link) {
  const Room room = Fitting(parts, longest, link).room();
  Lines lines;
  for (const Part& part : parts) {
    lines.insert(lines.end(), part.lines.begin(), part.lines.end());
    const std::size_t items = shown(part, room);
    for (std::size_t i = 0; i < items; ++i) lines.push_back(part.indent + part.list[i]);
    if (items < part.list.size()) lines.push_back(rest_of(part, items, link));
  }
  return join(lines, "\n");
}

}  // namespace certherald::render
