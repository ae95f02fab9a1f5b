#pragma once

// For tests: lanes that finish handshakes, against servers over memory.

#include <functional>

#include "codec/tls/test_cbc_server.hpp"
#include "codec/tls/test_openssl_peer.hpp"
#include "scan/probes/test_peer.hpp"

namespace certherald::scan {

struct Wire {
  std::function<void()> connect;
  std::function<TestReply(const Bytes& sent)> answer;
  int connections = 0;

  Outcome carry(const Probe& probe) {
    ++connections;
    connect();
    HelloProbe plain = make_reader(probe);
    Talk& talk = probe.talk ? *probe.talk : plain;
    test_talk::tell(talk, answer(probe.hello));
    while (talk.wants_more()) {
      const Bytes sent = talk.output();
      test_talk::tell(talk, sent.empty() ? TestReply{} : answer(sent));
    }
    Outcome outcome = talk.take();
    outcome.sent = probe.hello;
    outcome.round_trip = Millis(7);
    return outcome;
  }
};

inline Wire wire_to(codec::tls::OpensslPeer& peer) {
  return {[&peer] { peer.connect(); },
          [&peer](const Bytes& sent) { return TestReply{peer.exchange(sent), After::wait}; }};
}

inline Wire wire_to(codec::tls::CbcServer& server) {
  return {[&server] { server.connect(); },
          [&server](const Bytes& sent) {
            Bytes bytes = server.answer(sent);
            return TestReply{std::move(bytes), server.closed ? After::close : After::wait};
          }};
}

// What all checks of the lane come to, where the server is known to accept these suites.
inline std::vector<model::CheckResult> settle(
    std::unique_ptr<Lane> (*make)(ScanState&), Wire& wire,
    std::map<model::ProtocolVersion, std::vector<std::uint16_t>> suites,
    const std::function<void(ScanState&)>& prepare = {}) {
  Asked asked(Peer{TestServer{.suites = std::move(suites)}});
  asked.state.server_name = "shop.example.com";
  asked.state.http_host = "shop.example.com";
  if (prepare) prepare(asked.state);
  const auto lane = make(asked.state);
  while (auto probe = lane->next()) lane->answered(wire.carry(*probe));
  return asked.state.facts.probed;
}

inline const model::CheckResult& result_of(const std::vector<model::CheckResult>& results,
                                           std::string_view id) {
  const auto found = std::ranges::find(results, id, &model::CheckResult::id);
  static const model::CheckResult none;
  EXPECT_NE(found, results.end()) << id;
  return found == results.end() ? none : *found;
}

}  // namespace certherald::scan
