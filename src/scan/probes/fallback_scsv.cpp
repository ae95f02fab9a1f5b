#include "scan/probe_lane.hpp"
#include "scan/probes/probes.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using enum model::ProtocolVersion;
using model::Verdict;

constexpr std::uint8_t alert_inappropriate_fallback = 86;  // RFC 7507 section 4

class FallbackScsvLane final : public ProbeLane {
 public:
  explicit FallbackScsvLane(ScanState& state) : ProbeLane(state, "fallback_scsv") {}

 private:
  std::optional<Probe> ask() override {
    std::vector<model::ProtocolVersion> accepted;
    for (const VersionFacts& row : state_.facts.versions) {
      if (row.acceptance == Acceptance::accepted) accepted.push_back(row.version);
    }
    if (accepted.size() < 2) {
      settle_alone();
      return std::nullopt;
    }
    const model::ProtocolVersion lower = accepted.at(accepted.size() - 2);
    protected_otherwise_ = lower == tls12 && accepted.size() == 2 && state_.facts.downgrade_sentinel == true;
    std::vector<std::uint16_t> ciphers;
    for (const std::uint32_t code : state_.facts.of(lower).ciphers) {
      if (ciphers.size() < short_list) ciphers.push_back(static_cast<std::uint16_t>(code));
    }
    ciphers.push_back(tls::fallback_scsv);
    asked_ = lower;
    return make_probe(state_, make_hello(state_, lower, std::move(ciphers), groups_for(lower)),
                      ReadUntil::server_hello);
  }

  void settle_alone() {
    for (const VersionFacts& row : state_.facts.versions) {
      if (row.acceptance == Acceptance::accepted || row.acceptance == Acceptance::refused) continue;
      return settle(Verdict::inconclusive, fmt::format("whether {} is accepted could not be told",
                                                       model::display_name(row.version)));
    }
    settle(Verdict::not_applicable, "only one version is accepted, so there is none to fall back to");
  }

  void judge(const Outcome& outcome) override {
    if (came_to_nothing(outcome)) return;
    if (outcome.alert && outcome.alert->description == alert_inappropriate_fallback) {
      return settle(Verdict::not_affected, "a hello that says it fell back is refused");
    }
    if (!outcome.accepted()) {
      return settle(
          Verdict::inconclusive,
          fmt::format("a hello that says it fell back was refused, but not for that: {}", describe(outcome)));
    }
    if (protected_otherwise_) {
      return settle(
          Verdict::not_affected,
          "TLS_FALLBACK_SCSV is not heeded, but TLS 1.3 protects from a fall back to TLS 1.2 itself");
    }
    settle(Verdict::affected,
           fmt::format("a hello for {} that says it fell back from a newer version is accepted",
                       model::display_name(asked_)),
           {{"sent", sent_text(outcome.sent)},
            {"received", to_hex(outcome.received)},
            {"outcome", describe(outcome)},
            {"round_trip", short_span(outcome.round_trip)}});
  }

  model::ProtocolVersion asked_ = tls12;
  bool protected_otherwise_ = false;
};

}  // namespace

std::unique_ptr<Lane> fallback_scsv_lane(ScanState& state) {
  return std::make_unique<FallbackScsvLane>(state);
}

}  // namespace certherald::scan
