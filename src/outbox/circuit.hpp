#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "model/delivery.hpp"

namespace certherald::outbox {

// Whether one connection may be used now. Closed: yes. Open: not before `until`, then one delivery probes
// (half open: nothing else goes meanwhile) and its first outcome decides. Every create begins with a look-up,
// so a probe makes no ticket in a system that does not answer. Pure: a value and functions over it.
struct Circuit {
  enum class State : std::uint8_t { closed, open, half_open };
  enum class Cause : std::uint8_t { none, failures, credentials, wrong_address };

  State state = State::closed;
  Cause cause = Cause::none;
  Instant until{};
  int failures = 0;  // transient ones in a row

  friend bool operator==(const Circuit&, const Circuit&) = default;
};

struct CircuitLimits {
  int failures = 5;  // transient failures in a row that open it
  Seconds transient_pause{30};
  Seconds credentials_pause{300};  // ServiceDesk Plus locks a key out after 15 wrong tries a minute
};

// The circuit after a call to the connection had this outcome.
[[nodiscard]] Circuit after(const Circuit& circuit, model::OutcomeKind outcome, Instant now,
                            const CircuitLimits& limits);

// True where a delivery may begin: closed, or open and due for its probe, which `probing` then claims.
[[nodiscard]] bool allows(const Circuit& circuit, Instant now);

// The circuit of a delivery that begins now: half open where it is the probe, else unchanged.
[[nodiscard]] Circuit probing(const Circuit& circuit, Instant now);

// The circuit after the probe ended without any outcome that decides: open, and due for another one.
[[nodiscard]] Circuit undecided(const Circuit& circuit);

// True where waiting cannot help: a person must mend credentials or the address.
[[nodiscard]] bool needs_person(const Circuit& circuit);

}  // namespace certherald::outbox
