#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/strong_id.hpp"

namespace certherald::store {

// Rows for Engine::row_list, put together value by value in the order of its columns.
class JsonRows {
 public:
  template <class... Values>
  void add(const Values&... values) {
    text_ += count_++ == 0 ? "[" : ",[";
    bool first = true;
    ((text_ += first ? "" : ",", first = false, put(values)), ...);
    text_ += ']';
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::string take() && { return std::move(text_) + "]"; }

 private:
  void put(std::string_view text);  // as storable() has it
  void put(std::integral auto number) { text_ += std::to_string(static_cast<std::int64_t>(number)); }
  void put(Instant at) { put(at.time_since_epoch().count()); }
  template <class Tag>
  void put(StrongId<Tag> id) {
    put(id.value);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    if (value) return put(*value);
    text_ += "null";
  }

  std::string text_ = "[";
  std::size_t count_ = 0;
};

}  // namespace certherald::store
