#pragma once

// For tests: the server side of the first round trip of TLS, with the manners and faults of real ones.

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/named_groups.hpp"
#include "codec/tls/protocol.hpp"
#include "codec/tls/test_hello.hpp"
#include "model/observation.hpp"

namespace certherald::scan {

enum class After : std::uint8_t { wait, close, reset };  // what the server does after its bytes

struct TestReply {
  Bytes bytes;
  After after = After::wait;
};

enum class Refusal : std::uint8_t { alert, close, reset, silence, garbage };

struct TestServer {
  // Suites in the server's order, for each version it speaks.
  std::map<model::ProtocolVersion, std::vector<std::uint16_t>> suites;
  std::vector<std::uint16_t> groups = {29, 23, 24};
  std::vector<Bytes> chain = {Bytes(700, 0x30), Bytes(900, 0x30)};
  std::vector<Bytes> ecdsa_chain;     // in place of `chain` for suites that need ECDSA
  std::vector<Bytes> nameless_chain;  // in place of either where no server name is asked for
  std::size_t dh_size = 256;          // bytes of the prime; 64 for EXPORT
  std::size_t record_size = 16384;    // cuts the flight
  Refusal refusal = Refusal::alert;   // of suites
  std::uint8_t version_alert = 70;
  std::size_t longest_list = 1000;    // refuses more suites at once
  bool answers_lower_version = true;  // with the highest it has, instead of an alert
  bool warns_of_name = false;         // warning 112 first
  bool refuses_name = false;          // fatal 112
  bool ignores_list = false;          // takes its first suite whatever is offered
  bool asks_client_certificate = false;
  bool client_order = false;        // takes the first of the list that it knows
  bool prioritizes_chacha = false;  // takes the client's first where that is ChaCha20
  bool compresses = false;
  bool encrypts_then_macs = false;
  bool reuses_dh_key = false;
  Bytes ssl2_answer = {21, 3, 0, 0, 2, 2, 70};
  std::optional<std::size_t> dies_after{};  // answers: then nothing any more
  std::size_t answers = 0;

  TestReply answer(ByteView record);

 private:
  [[nodiscard]] std::optional<std::uint16_t> pick_suite(model::ProtocolVersion version,
                                                        const std::vector<std::uint16_t>& offered) const;
  [[nodiscard]] std::optional<model::ProtocolVersion> pick_version(const codec::tls::TestHello& hello) const;
  [[nodiscard]] TestReply refuse() const;
  [[nodiscard]] const std::vector<Bytes>& presented(const codec::tls::TestHello& hello,
                                                    const codec::tls::CipherInfo& suite) const;
  [[nodiscard]] TestReply accept(const codec::tls::TestHello& hello, model::ProtocolVersion version,
                                 std::uint16_t cipher, std::uint16_t group) const;
};

namespace test_wire {

inline Bytes alert(std::uint8_t level, std::uint8_t description) {
  return {21, 3, 1, 0, 2, level, description};
}

inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

inline void add_message(Bytes& flight, codec::tls::HandshakeType type, ByteView body) {
  ByteWriter out;
  out.u8(static_cast<std::uint8_t>(type)).vector24(body);
  append(flight, out.view());
}

inline Bytes records(ByteView flight, std::uint16_t version, std::size_t size) {
  ByteWriter out;
  while (!flight.empty()) {
    const std::size_t part = std::min(size, flight.size());
    out.u8(22).u16(version).vector16(flight.first(part));
    flight = flight.subspan(part);
  }
  return std::move(out).take();
}

inline Bytes server_hello(model::ProtocolVersion version, std::uint16_t cipher, std::uint16_t group,
                          bool deflate = false, bool encrypt_then_mac = false) {
  const bool retry = version == model::ProtocolVersion::tls13;
  ByteWriter body;
  body.u16(codec::tls::wire_version(std::min(version, model::ProtocolVersion::tls12)));
  body.bytes(retry ? from_hex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c").value()
                   : Bytes(32, 7));
  body.vector8({}).u16(cipher).u8(deflate ? 1 : 0);
  if (version == model::ProtocolVersion::ssl3) return std::move(body).take();
  ByteWriter block;
  if (retry) {
    ByteWriter supported;
    supported.u16(0x0304);
    ByteWriter share;
    share.u16(group);
    block.u16(43).vector16(supported.view()).u16(51).vector16(share.view());
  } else {
    block.u16(0xff01).vector16(Bytes{0});
    if (encrypt_then_mac) block.u16(22).vector16({});
  }
  body.vector16(block.view());
  return std::move(body).take();
}

inline Bytes certificate(const std::vector<Bytes>& chain) {
  ByteWriter list;
  for (const Bytes& der : chain) list.vector24(der);
  ByteWriter body;
  body.vector24(list.view());
  return std::move(body).take();
}

}  // namespace test_wire

inline std::optional<model::ProtocolVersion> TestServer::pick_version(
    const codec::tls::TestHello& hello) const {
  std::vector<std::uint16_t> offered = hello.numbers(43, 1);
  const bool exact = !offered.empty();
  for (auto at = suites.rbegin(); at != suites.rend(); ++at) {
    const std::uint16_t wire = codec::tls::wire_version(at->first);
    const bool listed = std::ranges::find(offered, wire) != offered.end();
    if (exact ? listed : wire <= hello.version) {
      if (!exact && wire != hello.version && !answers_lower_version) return std::nullopt;
      return at->first;
    }
  }
  return std::nullopt;
}

inline std::optional<std::uint16_t> TestServer::pick_suite(model::ProtocolVersion version,
                                                           const std::vector<std::uint16_t>& offered) const {
  const auto& mine = suites.at(version);
  const auto knows = [](const std::vector<std::uint16_t>& list, std::uint16_t code) {
    return std::ranges::find(list, code) != list.end();
  };
  const auto first = std::ranges::find_if(offered, [&](std::uint16_t code) { return knows(mine, code); });
  if (first == offered.end()) return std::nullopt;
  const bool chacha = *first == 0xcca8 || *first == 0xcca9 || *first == 0xccaa || *first == 0x1303;
  if (client_order || (prioritizes_chacha && chacha)) return *first;
  return *std::ranges::find_if(mine, [&](std::uint16_t code) { return knows(offered, code); });
}

inline TestReply TestServer::refuse() const {
  switch (refusal) {
    case Refusal::alert:
      return {test_wire::alert(2, 40), After::close};
    case Refusal::close:
      return {{}, After::close};
    case Refusal::reset:
      return {{}, After::reset};
    case Refusal::silence:
      return {{}, After::wait};
    case Refusal::garbage:
      return {{22, 3, 1, 0, 4, 99, 0, 0, 0}, After::close};
  }
  return {};
}

inline TestReply TestServer::answer(ByteView record) {
  ++answers;
  if (dies_after && answers > *dies_after) return {{}, After::reset};
  if (record.front() >= 0x80) return {ssl2_answer, After::close};
  const codec::tls::TestHello hello = codec::tls::test_hello(record);
  if (refuses_name && hello.find(0) != nullptr) return {test_wire::alert(2, 112), After::close};
  if (hello.ciphers.size() > longest_list + 1) return refuse();
  const auto version = pick_version(hello);
  if (!version) return {test_wire::alert(2, version_alert), After::close};
  const auto cipher =
      ignores_list ? std::optional(suites.at(*version).front()) : pick_suite(*version, hello.ciphers);
  if (!cipher) return refuse();
  const auto wanted = hello.numbers(10, 2);
  const auto group = std::ranges::find_if(groups, [&wanted](std::uint16_t code) {
    return wanted.empty() || std::ranges::find(wanted, code) != wanted.end();
  });
  const codec::tls::CipherInfo* info = codec::tls::find_cipher_suite(*cipher);
  const bool needs_group = info != nullptr && (info->elliptic() || info->tls13());
  if (needs_group && group == groups.end()) return refuse();
  return accept(hello, *version, *cipher, needs_group ? *group : std::uint16_t{0});
}

inline const std::vector<Bytes>& TestServer::presented(const codec::tls::TestHello& hello,
                                                       const codec::tls::CipherInfo& suite) const {
  if (hello.find(0) == nullptr && !nameless_chain.empty()) return nameless_chain;
  const bool ecdsa = suite.authentication == codec::tls::Authentication::ecdsa && !ecdsa_chain.empty();
  return ecdsa ? ecdsa_chain : chain;
}

inline TestReply TestServer::accept(const codec::tls::TestHello& hello, model::ProtocolVersion version,
                                    std::uint16_t cipher, std::uint16_t group) const {
  using codec::tls::HandshakeType;
  Bytes out;
  if (warns_of_name) out = test_wire::alert(1, 112);
  Bytes flight;
  const codec::tls::CipherInfo* info = codec::tls::find_cipher_suite(cipher);
  const bool encrypt_then_mac =
      encrypts_then_macs && info != nullptr && info->cbc() && hello.find(22) != nullptr;
  test_wire::add_message(
      flight, HandshakeType::server_hello,
      test_wire::server_hello(version, cipher, group, compresses && hello.deflate, encrypt_then_mac));
  if (version != model::ProtocolVersion::tls13 && info != nullptr) {
    if (info->sends_certificate()) {
      test_wire::add_message(flight, HandshakeType::certificate,
                             test_wire::certificate(presented(hello, *info)));
    }
    ByteWriter keys;
    if (info->elliptic()) keys.u8(3).u16(group).vector8(Bytes(32, 4));
    const std::size_t size = info->weak.export_grade ? 64 : dh_size;
    const auto key = static_cast<std::uint8_t>(reuses_dh_key ? 5 : answers);
    if (info->finite_field()) keys.vector16(Bytes(size, 0xff)).vector16(Bytes{2}).vector16(Bytes(size, key));
    if (info->temporary_rsa()) keys.vector16(Bytes(size, 0xff)).vector16(Bytes{1, 0, 1});
    if (keys.size() > 0) test_wire::add_message(flight, HandshakeType::server_key_exchange, keys.view());
    if (asks_client_certificate) {
      Bytes request = {1, 1};
      if (version == model::ProtocolVersion::tls12) test_wire::append(request, Bytes{0, 2, 4, 3});
      test_wire::append(request, Bytes{0, 0});
      test_wire::add_message(flight, HandshakeType::certificate_request, request);
    }
    test_wire::add_message(flight, HandshakeType::server_hello_done, {});
  }
  const auto wire = codec::tls::wire_version(std::min(version, model::ProtocolVersion::tls12));
  test_wire::append(out, test_wire::records(flight, wire, record_size));
  return {out, After::wait};
}

}  // namespace certherald::scan
