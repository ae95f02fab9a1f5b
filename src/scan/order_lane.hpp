#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "scan/lane.hpp"

namespace certherald::scan {

// Tells for one version whose order of suites counts, once its suites are known: they are offered the other
// way round. Taking another than the last of them, the server went by its own order. Taking that one, it
// followed the list where a hello before had offered it and the server took another; else it is asked once
// more, the right way round. ChaCha20 suites are kept last: OpenSSL can be told to prefer them for clients
// that put them first, whoever's order counts.
//
// The first of these hellos of a version below TLS 1.3 that asks for it offers DEFLATE too, which answers
// for compression; a version with a single suite is asked for that alone.
class OrderLane final : public Lane {
 public:
  OrderLane(ScanState& state, model::ProtocolVersion version, bool offer_compression)
      : state_(state), version_(version), compression_(offer_compression) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  [[nodiscard]] VersionFacts& row() { return state_.facts.of(version_); }
  void prepare();
  [[nodiscard]] bool was_passed_over(std::uint16_t suite);
  void took(std::uint16_t suite);
  void failed(const Outcome& outcome);

  ScanState& state_;
  model::ProtocolVersion version_;
  bool compression_;
  bool prepared_ = false;
  bool done_ = false;
  bool failed_once_ = false;
  std::vector<std::uint16_t> accepted_;      // in the order of the server's choices, ChaCha20 last
  std::optional<std::uint16_t> last_taken_;  // of the list turned round, which it had stood first in
  codec::tls::HelloSpec offer_;
};

// Asks once more for Diffie-Hellman where a group was seen in one connection only: whether its key is used
// again needs two.
class DhAgainLane final : public Lane {
 public:
  explicit DhAgainLane(ScanState& state) : state_(state) {}

  [[nodiscard]] std::optional<Probe> next() override;
  void answered(const Outcome& outcome) override;

 private:
  [[nodiscard]] bool needed() const;

  ScanState& state_;
  codec::tls::HelloSpec offer_;
  int asked_ = 0;
};

}  // namespace certherald::scan
