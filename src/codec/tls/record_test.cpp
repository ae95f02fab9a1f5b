#include "codec/tls/record.hpp"

#include <gtest/gtest.h>

#include <string>

#include "codec/tls/handshake.hpp"

namespace certherald::codec::tls {
namespace {

Bytes record(std::uint8_t type, std::uint16_t version, ByteView fragment) {
  ByteWriter out;
  out.u8(type).u16(version).vector16(fragment);
  return std::move(out).take();
}

// All that the reader says of these bytes, in words: "22/0303:2 21/0301:2 more", "not_tls(16)".
std::string transcript(ByteView bytes, std::size_t cut) {
  RecordReader reader;
  std::string text;
  while (true) {
    const RecordStep step = reader.next();
    if (const auto* whole = std::get_if<Record>(&step)) {
      text +=
          fmt::format("{}/{:04x}:{} ", static_cast<int>(whole->type), whole->version, whole->fragment.size());
    } else if (const auto* other = std::get_if<NotTls>(&step)) {
      return text + fmt::format("not_tls({})", as_text(other->prefix).substr(0, 4));
    } else {
      if (bytes.empty()) return text + (reader.pending().empty() ? "end" : "more");
      const std::size_t count = std::min(cut, bytes.size());
      reader.feed(bytes.first(count));
      bytes = bytes.subspan(count);
    }
  }
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes text_bytes(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }

TEST(RecordReader, SplitsTheStreamHoweverItIsCut) {
  struct Row {
    Bytes bytes;
    std::string_view says;
  };
  const std::vector<Row> rows = {
      {record(22, 0x0303, Bytes(2)), "22/0303:2 end"},
      {record(22, 0x0303, Bytes(300)) + record(21, 0x0301, Bytes(2)), "22/0303:300 21/0301:2 end"},
      {record(22, 0x0300, {}), "22/0300:0 end"},
      {record(23, 0x0304, Bytes(max_record_fragment)), "23/0304:18432 end"},
      {Bytes{22, 3, 1, 0, 9, 1}, "more"},
      {Bytes{}, "end"},
  };
  for (const Row& row : rows) {
    for (const std::size_t cut : {1UZ, 2UZ, 5UZ, 7UZ, 100UZ, 100000UZ}) {
      EXPECT_EQ(transcript(row.bytes, cut), row.says) << "cut at " << cut;
    }
  }
}

TEST(RecordReader, TellsWhatIsNoTlsAtTheFirstWrongByte) {
  EXPECT_EQ(transcript(text_bytes("SSH-2.0-OpenSSH_9.2\r\n"), 1000), "not_tls(SSH-)");
  EXPECT_EQ(transcript(text_bytes("S"), 1), "not_tls(S)");
  EXPECT_EQ(transcript(Bytes{22, 2}, 1), "not_tls(\x16\x02)");
  EXPECT_EQ(transcript(record(22, 0x0301, Bytes(1)) + text_bytes("HTTP/1.1"), 3), "22/0301:1 not_tls(HTT)");
  EXPECT_EQ(transcript(Bytes{22, 3, 1, 0x48, 0x01}, 9).substr(0, 7), "not_tls");  // 18,433 bytes
}

TEST(RecordReader, KeepsMemoryBoundedAndViewsGood) {
  RecordReader reader;
  const Bytes whole = record(22, 0x0303, Bytes(16384, 7));
  for (int round = 0; round < 50; ++round) {
    ByteView rest = whole;
    while (!rest.empty()) {
      const auto space = reader.prepare();
      ASSERT_FALSE(space.empty());
      ASSERT_LE(space.size(), 64U * 1024);
      const std::size_t count = std::min(space.size(), rest.size());
      std::ranges::copy(rest.first(count), space.begin());
      reader.commit(count);
      rest = rest.subspan(count);
    }
    const RecordStep step = reader.next();
    ASSERT_TRUE(std::holds_alternative<Record>(step));
    EXPECT_EQ(std::get<Record>(step).fragment.back(), 7);
  }
}

Bytes message(std::uint8_t type, ByteView body) {
  ByteWriter out;
  out.u8(type).vector24(body);
  return std::move(out).take();
}

std::string handshakes(ByteView bytes, std::size_t cut) {
  HandshakeReader reader;
  std::string text;
  while (true) {
    const HandshakeStep step = reader.next();
    if (const auto* whole = std::get_if<HandshakeMessage>(&step)) {
      text += fmt::format("{}:{} ", static_cast<int>(whole->type), whole->body.size());
    } else if (const auto* large = std::get_if<HandshakeTooLarge>(&step)) {
      return text + fmt::format("too large({})", large->size);
    } else {
      if (bytes.empty()) return text + (reader.in_message() ? "more" : "end");
      const std::size_t count = std::min(cut, bytes.size());
      reader.feed(bytes.first(count));
      bytes = bytes.subspan(count);
    }
  }
}

TEST(HandshakeReader, JoinsAndCutsMessages) {
  const Bytes flight = message(2, Bytes(70)) + message(11, Bytes(40000)) + message(14, {});
  for (const std::size_t cut : {1UZ, 3UZ, 4UZ, 74UZ, 16384UZ, 100000UZ}) {
    EXPECT_EQ(handshakes(flight, cut), "2:70 11:40000 14:0 end") << "cut at " << cut;
  }
  EXPECT_EQ(handshakes(message(2, Bytes(9)) + Bytes{11, 0}, 100), "2:9 more");
}

TEST(HandshakeReader, RefusesWhatIsTooLargeBeforeItArrives) {
  EXPECT_EQ(handshakes(Bytes{11, 0xff, 0xff, 0xff}, 4), "too large(16777215)");
  EXPECT_EQ(handshakes(Bytes{11, 0x04, 0x00, 0x01}, 4), "too large(262145)");
  EXPECT_EQ(handshakes(Bytes{11, 0x04, 0x00, 0x00}, 4), "more");
}

TEST(HandshakeReader, RefusesAnEndlessFlight) {
  Bytes flight;
  while (flight.size() <= max_handshake_flight) flight = flight + message(22, Bytes(200000));
  const std::string said = handshakes(flight, 16384);
  EXPECT_NE(said.find("too large(1"), std::string::npos) << said;
}

}  // namespace
}  // namespace certherald::codec::tls
