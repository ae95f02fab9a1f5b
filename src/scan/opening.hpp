#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/observation.hpp"
#include "scan/lane.hpp"

namespace certherald::scan {

// The first words with an address: what it speaks, and its certificate. A TLS 1.2 hello first, which gets the
// certificate in the clear; where that is refused one that offers TLS 1.0 to 1.3 with a key share of our own,
// which gets it from a server that speaks TLS 1.3 only, and at tier `full` TLS 1.0
// and SSL 3.0. One more try where the connection failed or nothing came. No server name any more once it was
// refused with a fatal unrecognized_name.
class OpeningLane final : public Lane {
 public:
  explicit OpeningLane(ScanState& state) : state_(state) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

  // What to say of the address when this is all that was learnt.
  [[nodiscard]] model::ScanStatus status() const;
  [[nodiscard]] std::string error() const;  // "" where scanned
  // How the last hello was refused; "" where one was accepted or none was sent.
  [[nodiscard]] std::string failure() const { return told_ ? describe(*told_) : ""; }
  // Whether it answered with TLS, be it only alerts.
  [[nodiscard]] bool speaks_tls() const { return status() == model::ScanStatus::scanned; }

 private:
  [[nodiscard]] std::size_t steps() const;
  [[nodiscard]] codec::tls::HelloSpec hello_of_step() const;
  void remember(const Outcome& outcome);
  void refused(const Outcome& outcome);

  ScanState& state_;
  codec::tls::HelloSpec spec_;
  std::size_t step_ = 0;
  int repeats_ = 0;
  bool done_ = false;
  std::optional<Outcome> told_;     // the most telling failure
  std::optional<Outcome> cut_off_;  // how it was gone after it had spoken TLS
};

// Asks a server that speaks TLS 1.3 for its certificate where the opening did not get it: with a share of the
// group that the server asked for.
class CertificateLane final : public Lane {
 public:
  explicit CertificateLane(ScanState& state) : state_(state) {}

  [[nodiscard]] bool needed() const;
  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  [[nodiscard]] std::optional<std::uint16_t> group() const;

  ScanState& state_;
  codec::tls::HelloSpec spec_;
  bool failed_once_ = false;
  bool done_ = false;
};

}  // namespace certherald::scan
