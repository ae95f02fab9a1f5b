#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/stream.hpp"
#include "scan/outcome.hpp"
#include "scan/starttls/dialog.hpp"
#include "scan/talk.hpp"

namespace certherald::scan {

// The time of one connection: each step has `step`, and none goes on after `whole`.
struct Times {
  net::Deadline whole;
  Millis step{0};
};

// Runs the dialog to its end. Nothing: it came to the go-ahead, and TLS may begin; else why it may not
// (not_started or gave_up).
[[nodiscard]] net::Task<std::optional<Outcome>> negotiate(net::TcpStream& stream, starttls::Dialog& dialog,
                                                          Times times);

// Sends the hello and carries the talk to its end; whatever it sends begins a step. The time to the first
// bytes of the answer, 0 where none came. `framing` may be nullptr. All of them outlive the call.
[[nodiscard]] net::Task<Millis> converse(net::TcpStream& stream, const Bytes& hello, Talk& talk,
                                         starttls::Framing* framing, Times times);

}  // namespace certherald::scan
