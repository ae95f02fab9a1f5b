#pragma once

// For tests: values that are there, or the test ends with an exception that names what is not.

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/time_text.hpp"

namespace certherald {

template <class T>
T there(std::optional<T> value) {
  if (!value) throw std::runtime_error("a value that the test needs is not there");
  return *std::move(value);
}

// "2026-11-24T02:33:07Z"
inline Instant at(std::string_view text) {
  const auto instant = from_iso8601(text);
  if (!instant) throw std::runtime_error("no instant: " + std::string(text));
  return *instant;
}

}  // namespace certherald
