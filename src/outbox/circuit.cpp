#include "outbox/circuit.hpp"

namespace certherald::outbox {
namespace {

Circuit opened(Circuit::Cause cause, Instant until, int failures) {
  return {Circuit::State::open, cause, until, failures};
}

}  // namespace

Circuit after(const Circuit& circuit, model::OutcomeKind outcome, Instant now, const CircuitLimits& limits) {
  using enum model::OutcomeKind;
  switch (outcome) {
    case done:
    case absent:
    case rejected:  // the system answered in order
      return {};
    case auth_failed:
      return opened(Circuit::Cause::credentials, now + limits.credentials_pause, 0);
    case misconfigured:
      return opened(Circuit::Cause::wrong_address, now + limits.credentials_pause, 0);
    case throttled:
      return circuit;  // a pause of its own, no failure
    case not_sent:
    case unknown:
    case unavailable: {
      const int failures = circuit.failures + 1;
      if (failures >= limits.failures) {
        return opened(Circuit::Cause::failures, now + limits.transient_pause, failures);
      }
      Circuit counted;
      counted.failures = failures;
      return counted;
    }
  }
  return circuit;
}

bool allows(const Circuit& circuit, Instant now) {
  switch (circuit.state) {
    case Circuit::State::closed:
      return true;
    case Circuit::State::open:
      return now >= circuit.until;
    case Circuit::State::half_open:
      return false;
  }
  return false;
}

Circuit probing(const Circuit& circuit, Instant now) {
  Circuit out = circuit;
  if (out.state == Circuit::State::open && now >= out.until) out.state = Circuit::State::half_open;
  return out;
}

Circuit undecided(const Circuit& circuit) {
  Circuit out = circuit;
  if (out.state == Circuit::State::half_open) out.state = Circuit::State::open;
  return out;
}

bool needs_person(const Circuit& circuit) {
  return circuit.state != Circuit::State::closed &&
         (circuit.cause == Circuit::Cause::credentials || circuit.cause == Circuit::Cause::wrong_address);
}

}  // namespace certherald::outbox
