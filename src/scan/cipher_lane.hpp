#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scan/lane.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {

// Finds every suite that a server accepts in one version by elimination: offer a list, take out what was
// chosen, repeat until the list is refused, go on with the next list. What is refused by a close or a reset
// is only believed when a hello that worked before works right after it.
class CipherLane final : public Lane {
 public:
  // Suites of the version that stand in the facts already are not asked for again.
  CipherLane(ScanState& state, model::ProtocolVersion version);

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  [[nodiscard]] VersionFacts& row() { return state_.facts.of(version_); }
  [[nodiscard]] std::size_t list_size();
  void answered_control(const Outcome& outcome);
  void accepted(const Outcome& outcome);
  void taken(std::uint16_t cipher);
  void refused(const std::string& how, bool whole_version);
  void no_answer(const Outcome& outcome);
  void finish();  // everything was offered
  void give_up(const std::string& why);

  ScanState& state_;
  model::ProtocolVersion version_;
  std::vector<std::uint16_t> remaining_;
  codec::tls::HelloSpec offer_;
  std::string unconfirmed_;  // a refusal that waits for its control; "" for none
  bool long_list_fails_ = false;
  bool list_refused_ = false;
  int failures_ = 0;  // in a row
  bool done_ = false;
};

// Finds every named group by elimination, in TLS 1.3 from the group that a HelloRetryRequest asks for, below
// from ServerKeyExchange. Groups that stand in the facts already are not asked for again.
class GroupLane final : public Lane {
 public:
  GroupLane(ScanState& state, model::ProtocolVersion version) : state_(state), version_(version) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  [[nodiscard]] bool prepare();
  [[nodiscard]] std::optional<std::uint16_t> chosen_group(const Outcome& outcome) const;

  ScanState& state_;
  model::ProtocolVersion version_;
  std::vector<std::uint16_t> ciphers_;
  std::vector<std::uint16_t> remaining_;
  codec::tls::HelloSpec offer_;
  bool prepared_ = false;
  bool failed_once_ = false;
  bool done_ = false;
};

// The last word: a hello that worked before must still work, or no refusal is believed.
class ControlLane final : public Lane {
 public:
  explicit ControlLane(ScanState& state) : state_(state) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  [[nodiscard]] bool needed() const;

  ScanState& state_;
  int failures_ = 0;
  bool done_ = false;
};

}  // namespace certherald::scan
