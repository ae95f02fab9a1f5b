#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace certherald {
namespace {

TEST(Hex, BothWays) {
  const std::pair<Bytes, std::string> rows[] = {{{}, ""}, {{0}, "00"}, {{0x0a, 0xff, 0x10}, "0aff10"}};
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(to_hex(bytes), text);
    EXPECT_EQ(from_hex(text), bytes);
  }
  EXPECT_EQ(from_hex("AbCd"), (Bytes{0xab, 0xcd}));
}

TEST(Hex, EveryByteComesBack) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(from_hex(to_hex(all)), all);
}

TEST(Hex, RefusesWhatIsNotHex) {
  for (const std::string_view text : {"0", "abc", "0g", "g0", " 0", "0x", "00 ", "-1", "\xff\xff"}) {
    EXPECT_FALSE(from_hex(text)) << text;
  }
}

TEST(ByteReader, BigEndianNumbers) {
  const Bytes bytes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506U);
  EXPECT_EQ(reader.u32(), 0x0708090aU);
  EXPECT_EQ(reader.left(), 1U);
  EXPECT_FALSE(reader.empty());
}

TEST(ByteReader, HighBitsAreNotSigns) {
  const Bytes bytes(10, 0xff);
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u8(), 0xff);
  EXPECT_EQ(reader.u16(), 0xffff);
  EXPECT_EQ(reader.u24(), 0xffffffU);
  EXPECT_EQ(reader.u32(), 0xffffffffU);
  EXPECT_TRUE(reader.empty());
}

// A read that does not fit returns nothing and moves nothing, for every read and every length too short.
TEST(ByteReader, NeverPastTheEnd) {
  const Bytes bytes = {2, 0, 0};
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const ByteView view = ByteView(bytes).first(size);
    const auto stays = [&](auto read, std::size_t needs) {
      ByteReader reader(view);
      const bool got = read(reader);
      EXPECT_EQ(got, size >= needs) << size << " of " << needs;
      if (!got) EXPECT_EQ(reader.left(), size);
    };
    stays([](ByteReader& r) { return r.u8().has_value(); }, 1);
    stays([](ByteReader& r) { return r.u16().has_value(); }, 2);
    stays([](ByteReader& r) { return r.u24().has_value(); }, 3);
    stays([](ByteReader& r) { return r.u32().has_value(); }, 4);
    stays([](ByteReader& r) { return r.take(3).has_value(); }, 3);
    stays([](ByteReader& r) { return r.take(SIZE_MAX).has_value(); }, SIZE_MAX);
    stays([](ByteReader& r) { return r.vector8().has_value(); }, 3);
    stays([](ByteReader& r) { return r.vector16().has_value(); }, 2 + 0x0200);
    stays([](ByteReader& r) { return r.vector24().has_value(); }, 3 + 0x020000);
  }
}

std::string hex_of(std::optional<ByteView> read) { return read ? to_hex(*read) : "nothing"; }

TEST(ByteReader, Vectors) {
  const Bytes bytes = {1, 9, 0, 2, 8, 7, 0, 0, 1, 6, 0};
  ByteReader reader(bytes);
  EXPECT_EQ(hex_of(reader.vector8()), "09");
  EXPECT_EQ(hex_of(reader.vector16()), "0807");
  EXPECT_EQ(hex_of(reader.vector24()), "06");
  EXPECT_EQ(hex_of(reader.vector8()), "");
  EXPECT_TRUE(reader.empty());
  EXPECT_FALSE(reader.vector8());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  const Bytes inner = {1, 2};
  ByteWriter writer;
  writer.u8(0xfe).u16(0xfedc).u24(0xfedcba).u32(0xfedcba98).bytes(inner);
  writer.vector8(inner).vector16(inner).vector24(inner);
  EXPECT_EQ(writer.size(), 24U);
  EXPECT_EQ(to_hex(std::move(writer).take()),
            "fefedcfedcbafedcba980102"
            "020102"
            "00020102"
            "0000020102");
}

TEST(ByteWriter, LongestVectors) {
  const Bytes inner(0xff);
  ByteWriter writer;
  writer.vector8(inner);
  ByteReader reader(writer.view());
  EXPECT_EQ(hex_of(reader.vector8()), to_hex(inner));
}

#ifndef NDEBUG
TEST(ByteWriterDeathTest, LengthsThatDoNotFit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(ByteWriter().vector8(Bytes(0x100)), "");
  EXPECT_DEATH(ByteWriter().vector16(Bytes(0x10000)), "");
  EXPECT_DEATH(ByteWriter().u24(0x1000000), "");
}
#endif

TEST(Views, TextAndBytesShareMemory) {
  const std::string text = "a\xff";
  EXPECT_EQ(as_bytes(text).size(), 2U);
  EXPECT_EQ(as_bytes(text)[1], 0xff);
  EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
}

}  // namespace
}  // namespace certherald
