#pragma once

#include <optional>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/stream.hpp"
#include "scan/hello_probe.hpp"
#include "scan/outcome.hpp"
#include "scan/starttls/dialog.hpp"

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

// Sends the hello and reads the answer; the probe decides when it is enough. The time to the first bytes of
// the answer, 0 where none came. `framing` may be nullptr. All of them outlive the call.
[[nodiscard]] net::Task<Millis> converse(net::TcpStream& stream, const Bytes& hello, HelloProbe& probe,
                                         starttls::Framing* framing, Times times);

}  // namespace certherald::scan
