#pragma once

// For tests: the plan of one address run against a server in memory.

#include <algorithm>
#include <functional>
#include <string>

#include "scan/address_scan.hpp"
#include "scan/test_server.hpp"

namespace certherald::scan {

// A server as the plan sees it: what becomes of each connection.
using Answers = std::function<Outcome(const Probe&)>;

inline Outcome read_answer(TestServer& server, const Probe& probe) {
  HelloProbe reader(probe.until);
  const TestReply reply = server.answer(probe.hello);
  ByteView bytes = reply.bytes;
  while (!bytes.empty() && reader.wants_more()) {
    const auto space = reader.space();
    const std::size_t count = std::min(bytes.size(), space.size());
    std::ranges::copy(bytes.first(count), space.begin());
    reader.received(count);
    bytes = bytes.subspan(count);
  }
  if (!reader.wants_more()) return reader.take();
  if (reply.after == After::close) reader.closed();
  if (reply.after == After::reset) reader.reset();
  if (reply.after == After::wait) reader.timed_out(Millis(10'000));
  return reader.take();
}

// As the driver does it: an answer with what was sent and how long it took.
inline Outcome converse(TestServer& server, const Probe& probe) {
  Outcome outcome = read_answer(server, probe);
  outcome.sent = probe.hello;
  outcome.round_trip = Millis(7);
  return outcome;
}

struct Scan {
  explicit Scan(model::Tier tier, std::string name = "shop.example.com")
      : random(1), plan(std::move(name), tier, random) {}

  // Lanes of a round take turns, as they would on the wire.
  void run(const Answers& answers) {
    for (auto round = plan.next_round(); !round.empty(); round = plan.next_round()) {
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
};

}  // namespace certherald::scan
