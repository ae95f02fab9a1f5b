#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace certherald {

// Why an operation failed, as coarse as callers act on it. Details stand in Error::message.
enum class ErrorKind : std::uint8_t {
  invalid_input,  // what a person or a file said is wrong; Error::hint says the mend
  not_found,
  conflict,     // it exists already, or somebody else changed it
  unreachable,  // name resolution, connect, network
  timed_out,    // the deadline passed
  cancelled,    // we are shutting down or the caller gave up
  refused,      // the peer answered and said no (credentials, policy)
  protocol,     // the peer answered something that its protocol does not allow
  too_large,    // a limit of ours was reached
  storage,      // the database or the disk
  internal,     // a bug of ours
};

// An expected failure. `message` says what was wrong and where, `hint` what to do (may be empty).
// Neither ever holds a secret. Both may quote hostile text and are escaped where they are shown.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
  std::string hint;

  friend bool operator==(const Error&, const Error&) = default;
};

[[nodiscard]] std::string_view to_string(ErrorKind kind);

// "message (hint)" or "message".
[[nodiscard]] std::string describe(const Error& error);

}  // namespace certherald
