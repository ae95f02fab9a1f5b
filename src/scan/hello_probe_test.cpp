#include "scan/hello_probe.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "codec/tls/client_hello.hpp"
#include "scan/test_server.hpp"

namespace certherald::scan {
namespace {

using enum model::ProtocolVersion;
using test_wire::alert;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes text(std::string_view words) { return {as_bytes(words).begin(), as_bytes(words).end()}; }

Bytes hello_of(model::ProtocolVersion version, std::vector<std::uint16_t> ciphers) {
  codec::tls::HelloSpec spec;
  spec.version = version;
  spec.ciphers = std::move(ciphers);
  spec.groups = {29, 23};
  return codec::tls::build_client_hello(spec);
}

// Feeds the bytes in pieces and then ends the connection, unless the probe has had enough.
Outcome read(ByteView bytes, After after, ReadUntil until, std::size_t cut) {
  HelloProbe probe(until);
  while (!bytes.empty() && probe.wants_more()) {
    const auto space = probe.space();
    const std::size_t count = std::min({cut, bytes.size(), space.size()});
    std::ranges::copy(bytes.first(count), space.begin());
    probe.received(count);
    bytes = bytes.subspan(count);
  }
  if (!probe.wants_more()) return probe.take();
  switch (after) {
    case After::wait:
      probe.timed_out(Millis(10'000));
      break;
    case After::close:
      probe.closed();
      break;
    case After::reset:
      probe.reset();
      break;
  }
  EXPECT_FALSE(probe.wants_more());
  return probe.take();
}

TEST(HelloProbe, KeepsTheFirstBytesOfTheAnswer) {
  TestServer server{.suites = {{tls12, {0xc02f}}}};
  const Bytes whole = server.answer(hello_of(tls12, {0xc02f})).bytes;
  ASSERT_GT(whole.size(), 64U);
  const Bytes first(whole.begin(), whole.begin() + 64);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{50}, whole.size()}) {
    EXPECT_EQ(read(whole, After::wait, ReadUntil::flight, cut).received, first) << cut;
  }
  EXPECT_EQ(read(alert(2, 70), After::close, ReadUntil::flight, 3).received, alert(2, 70));
  EXPECT_TRUE(read({}, After::reset, ReadUntil::flight, 1).received.empty());
}

TEST(HelloProbe, TellsHowAHelloEnded) {
  TestServer server{.suites = {{tls12, {0xc02f}}}};
  const Bytes good = server.answer(hello_of(tls12, {0xc02f})).bytes;
  struct Row {
    std::string_view name;
    Bytes bytes;
    After after;
    OutcomeKind kind;
    std::string_view says;
  };
  const std::vector<Row> rows = {
      {"flight", good, After::wait, OutcomeKind::server_hello, "accepted"},
      {"alert", alert(2, 40), After::close, OutcomeKind::alert, "alert 40 handshake_failure"},
      {"close_notify", alert(1, 0), After::close, OutcomeKind::alert, "alert 0 close_notify"},
      {"warning alone", alert(1, 112), After::wait, OutcomeKind::silent, "only 7 bytes in 10s"},
      {"warning first", alert(1, 112) + good, After::wait, OutcomeKind::server_hello, "accepted"},
      {"HelloRequest first", Bytes{22, 3, 1, 0, 4, 0, 0, 0, 0} + good, After::wait, OutcomeKind::server_hello,
       "accepted"},
      {"two fatal alerts", alert(2, 70) + alert(2, 40), After::close, OutcomeKind::alert,
       "alert 70 protocol_version"},
      {"nothing, closed", {}, After::close, OutcomeKind::closed, "the connection was closed"},
      {"nothing, reset", {}, After::reset, OutcomeKind::reset, "the connection was reset"},
      {"nothing", {}, After::wait, OutcomeKind::silent, "no answer in 10s"},
      {"half a record", Bytes{22, 3, 3}, After::close, OutcomeKind::closed, "the connection was closed"},
      {"ssh", text("SSH-2.0-OpenSSH_9.2p1\r\n"), After::wait, OutcomeKind::not_tls,
       "speaks SSH, not TLS (SSH-2.0-OpenSSH_9.2p1)"},
      {"short text", text("no\n"), After::close, OutcomeKind::not_tls, "does not speak TLS (no)"},
      {"hostile text", text("\x1b[31m\x07\xff evil"), After::wait, OutcomeKind::not_tls,
       "does not speak TLS (\xEF\xBF\xBD[31m\xEF\xBF\xBD\xEF\xBF\xBD evil)"},
      {"encrypted data first", Bytes{23, 3, 3, 0, 1, 0}, After::wait, OutcomeKind::malformed,
       "application data came before the handshake"},
      {"certificate first", Bytes{22, 3, 3, 0, 4, 11, 0, 0, 0}, After::wait, OutcomeKind::malformed,
       "no ServerHello came first"},
      {"empty ServerHello", Bytes{22, 3, 3, 0, 4, 2, 0, 0, 0}, After::wait, OutcomeKind::malformed,
       "the ServerHello makes no sense"},
      {"short alert", Bytes{21, 3, 3, 0, 1, 2}, After::wait, OutcomeKind::malformed,
       "an alert of less than two bytes came"},
      {"16 MB announced", Bytes{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}, After::wait, OutcomeKind::too_large,
       "a TLS handshake of 16777215 bytes, over the limit of 262144"},
  };
  for (const Row& row : rows) {
    for (const std::size_t cut : {1UZ, 6UZ, 100000UZ}) {
      const Outcome outcome = read(row.bytes, row.after, ReadUntil::flight, cut);
      EXPECT_EQ(static_cast<int>(outcome.kind), static_cast<int>(row.kind)) << row.name << " cut at " << cut;
      // What is known of a text depends on how much came in one piece.
      if (outcome.kind != OutcomeKind::not_tls || cut > 6) EXPECT_EQ(describe(outcome), row.says) << row.name;
    }
  }
}

TEST(HelloProbe, ReadsNoFurtherThanAsked) {
  TestServer server{.suites = {{tls12, {0xc02f, 0x0033}}, {tls13, {0x1301}}},
                    .asks_client_certificate = true};
  const Bytes ecdhe = server.answer(hello_of(tls12, {0xc02f})).bytes;
  const Bytes dhe = server.answer(hello_of(tls12, {0x0033})).bytes;

  const Outcome hello = read(ecdhe, After::wait, ReadUntil::server_hello, 64);
  EXPECT_FALSE(hello.chain);
  EXPECT_EQ(hello.detail, "");
  const Outcome keys = read(ecdhe, After::wait, ReadUntil::key_exchange, 64);
  EXPECT_EQ(keys.keys->group, 29);
  EXPECT_FALSE(keys.asks_client_certificate);
  const Outcome flight = read(ecdhe, After::wait, ReadUntil::flight, 64);
  EXPECT_EQ(flight.chain, server.chain);
  EXPECT_TRUE(flight.asks_client_certificate);
  EXPECT_EQ(flight.detail, "");
  // The size of a Diffie-Hellman group is always worth reading.
  EXPECT_EQ(read(dhe, After::wait, ReadUntil::server_hello, 64).keys->dh_bits, 2048);

  const Bytes retry = server.answer(hello_of(tls13, {0x1301})).bytes;
  const Outcome modern = read(retry, After::wait, ReadUntil::flight, 64);
  EXPECT_EQ(modern.kind, OutcomeKind::retry_request);
  EXPECT_EQ(modern.hello->group, 29);
}

TEST(HelloProbe, PutsAFlightOfManyRecordsTogether) {
  TestServer server{.suites = {{tls12, {0xc02f}}}, .chain = {Bytes(40'000, 0x30)}, .record_size = 500};
  const Bytes bytes = server.answer(hello_of(tls12, {0xc02f})).bytes;
  for (const std::size_t cut : {1UZ, 499UZ, 100000UZ}) {
    const Outcome outcome = read(bytes, After::wait, ReadUntil::flight, cut);
    EXPECT_EQ(outcome.chain, server.chain);
    EXPECT_EQ(outcome.detail, "");
  }
}

TEST(HelloProbe, AGoodServerHelloStandsWhateverFollows) {
  TestServer server{.suites = {{tls12, {0xc02f}}}};
  const Bytes good = server.answer(hello_of(tls12, {0xc02f})).bytes;
  struct Row {
    Bytes more;
    After after;
    std::string_view detail;
  };
  Bytes hello_record =
      test_wire::records(ByteView(good).subspan(5, 4 + 2 + 32 + 1 + 2 + 1 + 2 + 5), 0x0303, 16384);
  for (const Row& row : std::vector<Row>{
           {{}, After::close, "the connection was closed"},
           {{}, After::reset, "the connection was reset"},
           {{}, After::wait, "only 54 bytes in 10s"},
           {{22, 3}, After::close, "the connection was closed inside a message"},
           {alert(2, 80), After::close, "alert 80 internal_error"},
           {text("HTTP/1.1 400"), After::close, "what followed is no TLS"},
           {{22, 3, 3, 0, 4, 11, 0xff, 0xff, 0xff},
            After::wait,
            "a TLS handshake of 16777215 bytes, over the limit of 262144"},
           {{22, 3, 3, 0, 5, 11, 0, 0, 1, 0}, After::wait, "the Certificate message makes no sense"},
       }) {
    const Outcome outcome = read(hello_record + row.more, row.after, ReadUntil::flight, 1000);
    EXPECT_EQ(outcome.kind, OutcomeKind::server_hello);
    EXPECT_EQ(outcome.hello->cipher, 0xc02f);
    EXPECT_FALSE(outcome.chain);
    EXPECT_EQ(outcome.detail, row.detail);
  }
}

TEST(HelloProbe, SmallTalkWithoutEndIsBounded) {
  HelloProbe probe(ReadUntil::flight);
  const Bytes warning = alert(1, 112);
  std::size_t fed = 0;
  while (probe.wants_more()) {
    const auto space = probe.space();
    ASSERT_LE(space.size(), 64U * 1024);
    std::ranges::copy(warning, space.begin());
    probe.received(warning.size());
    fed += warning.size();
    ASSERT_LT(fed, 4U << 20U);
  }
  EXPECT_EQ(probe.outcome().kind, OutcomeKind::too_large);
}

TEST(Outcome, BannersAreToldByName) {
  struct Row {
    std::string_view bytes;
    std::string_view says;
  };
  for (const Row& row : std::to_array<Row>({
           {"HTTP/1.1 400 Bad Request\r\nServer: x", "speaks HTTP without TLS (HTTP/1.1 400 Bad Request)"},
           {"220 mail.example.com ESMTP\r\n",
            "greets like SMTP or FTP, without TLS (220 mail.example.com ESMTP)"},
           {"+OK ready", "speaks POP3 without TLS (+OK ready)"},
           {"* OK IMAP4", "speaks IMAP without TLS (* OK IMAP4)"},
           {"RFB 003.008\n", "speaks VNC, not TLS (RFB 003.008)"},
           {"", "does not speak TLS"},
       })) {
    EXPECT_EQ(describe_not_tls(as_bytes(row.bytes)), row.says);
  }
  EXPECT_EQ(describe_not_tls(from_hex("4a0000000a382e30").value()).substr(0, 24), "speaks MySQL without TLS");
  EXPECT_EQ(describe_not_tls(from_hex("85bf0400010002").value()).substr(0, 20), "answers with SSL 2.0");
}

TEST(Outcome, SpansAreShort) {
  EXPECT_EQ(short_span(Millis(800)), "800ms");
  EXPECT_EQ(short_span(Millis(10'000)), "10s");
  EXPECT_EQ(short_span(Millis(10'004)), "10s");
  EXPECT_EQ(short_span(Millis(1'540)), "1.5s");
}

}  // namespace
}  // namespace certherald::scan
