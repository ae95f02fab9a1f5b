#pragma once

#include <optional>

#include "scan/lane.hpp"

namespace certherald::scan {

// Asks once in the words of SSL 2.0: a server that speaks it names its cipher specs and shows its certificate
// in the one answer. Anything else that a server which speaks TLS says to that is a refusal; silence is not.
class Ssl2Lane final : public Lane {
 public:
  explicit Ssl2Lane(ScanState& state) : state_(state) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  void accepted(const Outcome& outcome, const codec::tls::Ssl2ServerHello& hello);
  void refused(const Outcome& outcome);

  ScanState& state_;
  int failures_ = 0;
  bool done_ = false;
};

}  // namespace certherald::scan
