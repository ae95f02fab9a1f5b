#pragma once

// For tests: a lane, and a peer that answers its hellos as TestServer does and what follows as it is told.

#include <functional>
#include <optional>
#include <vector>

#include "scan/follow_up.hpp"
#include "scan/lane.hpp"
#include "scan/test_server.hpp"

namespace certherald::scan {

// What a server does with the bytes of each move after its flight.
using React = std::function<TestReply(const Bytes& sent)>;

inline TestReply refuse_all(const Bytes&) { return {test_wire::alert(2, 10), After::close}; }

namespace test_talk {

inline void tell(Talk& talk, const TestReply& reply) {
  ByteView bytes = reply.bytes;
  while (!bytes.empty() && talk.wants_more()) {
    const auto space = talk.space();
    const std::size_t count = std::min(bytes.size(), space.size());
    std::ranges::copy(bytes.first(count), space.begin());
    talk.received(count);
    bytes = bytes.subspan(count);
  }
  if (!talk.wants_more()) return;
  if (reply.after == After::close) return talk.closed();
  if (reply.after == After::reset) return talk.reset();
  if (!reply.bytes.empty()) return;  // what it does with the next move is asked then
  talk.patience() ? talk.paused() : talk.timed_out(Millis(10'000));
}

}  // namespace test_talk

// One connection as the driver carries it; with the number of moves made after the flight.
inline Outcome carry(TestServer& server, const React& react, const Probe& probe, int& moves) {
  HelloProbe plain = make_reader(probe);
  Talk& talk = probe.talk ? *probe.talk : plain;
  test_talk::tell(talk, server.answer(probe.hello));
  while (talk.wants_more()) {
    const Bytes sent = talk.output();
    moves += sent.empty() ? 0 : 1;
    test_talk::tell(talk, sent.empty() ? TestReply{} : react(sent));
  }
  Outcome outcome = talk.take();
  outcome.sent = probe.hello;
  outcome.round_trip = Millis(7);
  return outcome;
}

struct Peer {
  TestServer server;
  React react = refuse_all;
  int connections = 0;
  int follow_ups = 0;  // connections on which it was sent more than a hello

  Outcome carry(const Probe& probe) {
    ++connections;
    int moves = 0;
    Outcome outcome = scan::carry(server, react, probe, moves);
    follow_ups += moves > 0 ? 1 : 0;
    return outcome;
  }
};

// What is known of the peer before the lane begins: versions and suites of its TestServer.
struct Asked {
  explicit Asked(const Peer& peer, std::uint64_t seed = 1) : random(seed) {
    state.random = &random;
    state.facts = make_facts(model::Tier::deep);
    for (VersionFacts& row : state.facts.versions) {
      row.acceptance = Acceptance::refused;
      row.complete = true;
      const auto found = peer.server.suites.find(row.version);
      if (found == peer.server.suites.end()) continue;
      row.acceptance = Acceptance::accepted;
      row.ciphers.assign(found->second.begin(), found->second.end());
      state.known_good = make_hello(state, row.version, found->second, {29, 23, 24});
    }
  }

  // The lane's answer, with all it asks carried to its end.
  model::CheckResult run(std::unique_ptr<Lane> lane, Peer& peer) {
    while (auto probe = lane->next()) lane->answered(peer.carry(*probe));
    return state.facts.probed.empty() ? model::CheckResult{} : state.facts.probed.back();
  }

  SeededRandom random;
  ScanState state;
};

}  // namespace certherald::scan
