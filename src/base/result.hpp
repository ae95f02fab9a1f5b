#pragma once

#include <expected>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"

namespace certherald {

// What every fallible operation returns. Exceptions mean a bug or a failed start.
template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// `return fail(ErrorKind::not_found, "no endpoint named {}", name);`
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format,
                                          Args&&... args) {
  return std::unexpected(Error{kind, fmt::format(format, std::forward<Args>(args)...), {}});
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

// The same error, with where it happened in front.
[[nodiscard]] inline std::unexpected<Error> fail_in(std::string_view where, Error error) {
  error.message = fmt::format("{}: {}", where, error.message);
  return std::unexpected(std::move(error));
}

[[nodiscard]] inline std::unexpected<Error> with_hint(std::unexpected<Error> failure, std::string hint) {
  failure.error().hint = std::move(hint);
  return failure;
}

}  // namespace certherald
