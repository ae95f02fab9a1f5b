#pragma once

// For tests: the plan of one address run against a server in memory.

#include <algorithm>
#include <functional>
#include <string>

#include "scan/address_scan.hpp"
#include "scan/probes/test_peer.hpp"
#include "scan/test_server.hpp"

namespace certherald::scan {

// A server as the plan sees it: what becomes of each connection.
using Answers = std::function<Outcome(const Probe&)>;

// As the driver does it: an answer with what was sent and how long it took.
inline Outcome converse(TestServer& server, const Probe& probe) {
  int moves = 0;
  return carry(server, refuse_all, probe, moves);
}

struct Scan {
  explicit Scan(model::Tier tier, std::string name = "shop.example.com", bool alternates = false)
      : random(1), plan(std::move(name), tier, random, Millis(500), alternates) {}

  // Lanes of a round take turns, as they would on the wire.
  void run(const Answers& answers) {
    constexpr int rounds_of_suites = 4;
    for (auto round = plan.next_round(); !round.empty(); round = plan.next_round()) {
      if (rounds++ == rounds_of_suites) to_suites = connections;
      while (!round.empty()) {
        std::erase_if(round, [&](Lane* lane) {
          const auto probe = lane->next();
          if (!probe) return true;
          ++connections;
          lane->answered(answers(*probe));
          return false;
        });
      }
    }
    plan.fill(observation, certificates);
  }

  void run(TestServer& server) {
    run([&server](const Probe& probe) { return converse(server, probe); });
  }

  SeededRandom random;
  AddressScan plan;
  CertificateCache certificates;
  model::Observation observation;
  int connections = 0;
  int rounds = 0;
  int to_suites = 0;  // connections until versions and suites were known; the other probes come after
};

}  // namespace certherald::scan
