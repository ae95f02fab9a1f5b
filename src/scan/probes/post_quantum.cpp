#include <algorithm>
#include <array>

#include "codec/tls/named_groups.hpp"
#include "scan/probe_lane.hpp"
#include "scan/probes/probes.hpp"
#include "scan/suite_order.hpp"

namespace certherald::scan {
namespace {

namespace tls = codec::tls;
using enum model::ProtocolVersion;
using model::Verdict;

// X25519MLKEM768, SecP256r1MLKEM768, SecP384r1MLKEM1024, and ML-KEM alone.
constexpr auto groups = std::to_array<std::uint16_t>({0x11ec, 0x11eb, 0x11ed, 0x0200, 0x0201, 0x0202});

class PostQuantumLane final : public ProbeLane {
 public:
  explicit PostQuantumLane(ScanState& state) : ProbeLane(state, "post_quantum") {}

 private:
  std::optional<Probe> ask() override {
    const VersionFacts& row = state_.facts.of(tls13);
    if (row.acceptance == Acceptance::refused) {
      settle(Verdict::not_applicable, "TLS 1.3 is refused, and older versions have no such groups");
      return std::nullopt;
    }
    if (row.acceptance != Acceptance::accepted) {
      settle(Verdict::inconclusive, "whether TLS 1.3 is accepted could not be told");
      return std::nullopt;
    }
    const auto seen = std::ranges::find_first_of(state_.facts.groups, groups);
    if (seen != state_.facts.groups.end()) {
      settle(Verdict::not_affected, fmt::format("{} is accepted", tls::named_group_name(*seen)));
      return std::nullopt;
    }
    return make_probe(state_, make_hello(state_, tls13, suites_for(tls13), {groups.begin(), groups.end()}),
                      ReadUntil::server_hello);
  }

  void judge(const Outcome& outcome) override {
    if (came_to_nothing(outcome)) return;
    if (!outcome.accepted()) {
      return settle_if_alive(Verdict::affected,
                             "no key exchange is accepted that withstands a quantum computer",
                             {{"sent", sent_text(outcome.sent)},
                              {"received", to_hex(outcome.received)},
                              {"outcome", describe(outcome)},
                              {"round_trip", short_span(outcome.round_trip)}});
    }
    const auto group = outcome.server_hello().group;
    if (group && std::ranges::find(groups, *group) != groups.end()) {
      return settle(Verdict::not_affected, fmt::format("{} is accepted", tls::named_group_name(*group)));
    }
    settle(Verdict::inconclusive, "a hello with post-quantum groups only was answered with another group");
  }
};

}  // namespace

std::unique_ptr<Lane> post_quantum_lane(ScanState& state) { return std::make_unique<PostQuantumLane>(state); }

}  // namespace certherald::scan
