#include "scan/address_scan.hpp"

#include <algorithm>
#include <utility>

#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/named_groups.hpp"
#include "codec/x509/hostname.hpp"
#include "scan/alternate_lane.hpp"
#include "scan/cipher_lane.hpp"
#include "scan/order_lane.hpp"
#include "scan/probes/probes.hpp"
#include "scan/ssl2_lane.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;

template <class... Lanes>
std::vector<std::unique_ptr<Lane>> lane_list(std::unique_ptr<Lanes>... lanes) {
  std::vector<std::unique_ptr<Lane>> out;
  (out.push_back(std::move(lanes)), ...);
  return out;
}

// The newest of these versions that is accepted, TLS 1.0 where none is.
model::ProtocolVersion newest_of_tls(const Facts& facts) {
  for (const auto version : {tls12, tls11}) {
    if (facts.of(version).acceptance == Acceptance::accepted) return version;
  }
  return tls10;
}

// What needs the suites of each version.
std::vector<std::unique_ptr<Lane>> order_round(ScanState& state) {
  auto lanes = lane_list(std::make_unique<GroupLane>(state, newest_of_tls(state.facts)),
                         std::make_unique<AlternateLane>(state));
  bool compression = true;
  for (const auto version : {tls12, tls11, tls10, ssl3, tls13}) {
    if (state.facts.of(version).acceptance != Acceptance::accepted) continue;
    lanes.push_back(std::make_unique<OrderLane>(state, version, version < tls13 && compression));
    compression = false;
  }
  return lanes;
}

// Without what cannot be read; nothing where that is the leaf.
std::vector<model::Certificate> read_chain(const std::vector<Bytes>& chain, CertificateCache& certificates) {
  std::vector<model::Certificate> out;
  for (const Bytes& der : chain) {
    if (auto certificate = certificates.read(der)) out.push_back(std::move(*certificate));
  }
  return out;
}

}  // namespace

AddressScan::AddressScan(std::string server_name, model::Tier tier, Random& random, Millis quiet,
                         bool alternates)
    : state_{.server_name = std::move(server_name),
             .http_host = {},
             .random = &random,
             .facts = make_facts(tier),
             .quiet = quiet},
      opening_(state_),
      certificate_(state_),
      alternates_(alternates && tier == model::Tier::inventory) {}

std::vector<Lane*> AddressScan::next_round() {
  const int round = round_++;
  if (round == 0) return {&opening_};
  const bool whole = state_.facts.tier != model::Tier::inventory && opening_.speaks_tls();
  lanes_ = whole ? lanes_of(round) : lane_list();
  std::vector<Lane*> out;
  if (round == 1 && certificate_.needed()) out.push_back(&certificate_);
  for (const auto& lane : lanes_) out.push_back(lane.get());
  if (out.empty() && opening_.speaks_tls() && std::exchange(alternates_, false)) {
    lanes_ = lane_list(std::make_unique<AlternateLane>(state_));
    return {lanes_.front().get()};
  }
  if (out.empty()) explain_missing_chain();
  return out;
}

// What may upset a server comes last.
std::vector<std::unique_ptr<Lane>> AddressScan::lanes_of(int round) {
  const bool deep = state_.facts.tier == model::Tier::deep;
  switch (round) {
    case 1:
      return lane_list(std::make_unique<CipherLane>(state_, tls12),
                       std::make_unique<LaneChain>(lane_list(std::make_unique<CipherLane>(state_, tls13),
                                                             std::make_unique<GroupLane>(state_, tls13))),
                       std::make_unique<CipherLane>(state_, tls11),
                       std::make_unique<CipherLane>(state_, tls10),
                       std::make_unique<LaneChain>(lane_list(std::make_unique<CipherLane>(state_, ssl3),
                                                             std::make_unique<Ssl2Lane>(state_))));
    case 2:
      return order_round(state_);
    case 3:
      return lane_list(std::make_unique<LaneChain>(
          lane_list(std::make_unique<DhAgainLane>(state_), std::make_unique<ControlLane>(state_))));
    case 4:
      return deep ? lane_list(fallback_scsv_lane(state_), post_quantum_lane(state_), early_data_lane(state_),
                              client_renegotiation_lane(state_), ticketbleed_lane(state_), http_lane(state_))
                  : lane_list(fallback_scsv_lane(state_), early_data_lane(state_),
                              client_renegotiation_lane(state_), ticketbleed_lane(state_));
    case 5:
      return lane_list(heartbleed_lane(state_), ccs_injection_lane(state_));
    case 6:
      return lane_list(robot_lane(state_));
    case 7:
      return deep ? lane_list(cbc_padding_lane(state_)) : lane_list();
    default:
      return {};
  }
}

void AddressScan::stop(std::string why) {
  if (!state_.stopped) state_.stopped = std::move(why);
}

void AddressScan::explain_missing_chain() {
  Facts& facts = state_.facts;
  if (!facts.chain.empty() || !facts.chain_missing.empty()) return;
  const auto accepted = [&facts](model::ProtocolVersion version) {
    return facts.of(version).acceptance == Acceptance::accepted;
  };
  const bool older = accepted(ssl3) || accepted(tls10) || accepted(tls11) || accepted(tls12);
  if (older) {
    facts.chain_missing = "the server sent no certificate with the suites it chose";
  } else if (accepted(tls13)) {
    facts.chain_missing =
        "the server speaks TLS 1.3 only, with a group or a suite that its certificate cannot be read with";
  } else if (opening_.speaks_tls()) {
    facts.chain_missing = fmt::format("the server refused every hello: {}", opening_.failure());
  } else {
    facts.chain_missing = opening_.error();
  }
}

void AddressScan::fill(model::Observation& observation, CertificateCache& certificates) const {
  const Facts& facts = state_.facts;
  observation.status = opening_.status();
  observation.error = opening_.error();
  for (const VersionFacts& row : facts.versions) {
    if (row.acceptance != Acceptance::accepted) continue;
    model::VersionCiphers version;
    version.version = row.version;
    if (facts.tier != model::Tier::inventory) {
      for (const std::uint32_t code : row.ciphers) {
        version.ciphers.push_back({code, codec::tls::cipher_suite_name(code)});
      }
    }
    observation.versions.push_back(std::move(version));
  }
  for (const std::uint16_t group : facts.groups) {
    observation.groups.push_back(codec::tls::named_group_name(group));
  }
  observation.chain = read_chain(facts.chain, certificates);
  observation.others_asked = facts.others_asked;
  for (const OtherFacts& other : facts.other_chains) {
    auto chain = read_chain(other.chain, certificates);
    if (chain.empty()) continue;
    const bool for_name = codec::x509::names_host(chain.front(), model::domain_name(observation.endpoint));
    observation.other_chains.push_back({other.way, for_name, std::move(chain)});
  }
}

}  // namespace certherald::scan
