#include "codec/tls/client_hello.hpp"

#include <gtest/gtest.h>

#include <map>

#include "codec/tls/cipher_suites.hpp"
#include "codec/tls/named_groups.hpp"
#include "codec/tls/test_hello.hpp"

namespace certherald::codec::tls {
namespace {

using enum model::ProtocolVersion;

HelloSpec spec_of(model::ProtocolVersion version, std::size_t ciphers,
                  std::string name = "shop.example.com") {
  HelloSpec spec;
  spec.version = version;
  for (std::size_t i = 0; i < ciphers; ++i) spec.ciphers.push_back(static_cast<std::uint16_t>(i + 1));
  if (version != ssl3) spec.groups = {29, 23, 24};
  spec.server_name = std::move(name);
  return spec;
}

TEST(ClientHello, VersionsStandWhereEachBelongs) {
  struct Row {
    model::ProtocolVersion version;
    std::uint16_t record;
    std::uint16_t legacy;
    bool signatures;
    bool scsv;
    std::size_t session_id;
  };
  for (const Row& row : std::to_array<Row>({{ssl3, 0x0300, 0x0300, false, true, 0},
                                            {tls10, 0x0301, 0x0301, false, true, 0},
                                            {tls11, 0x0301, 0x0302, false, true, 0},
                                            {tls12, 0x0301, 0x0303, true, true, 0},
                                            {tls13, 0x0301, 0x0303, true, false, 32}})) {
    const TestHello hello = test_hello(build_client_hello(spec_of(row.version, 5)));
    EXPECT_EQ(hello.record_version, row.record);
    EXPECT_EQ(hello.version, row.legacy);
    EXPECT_EQ(hello.find(13) != nullptr, row.signatures);
    EXPECT_EQ(hello.ciphers.back() == empty_renegotiation_info_scsv, row.scsv);
    EXPECT_EQ(hello.ciphers.size(), row.scsv ? 6U : 5U);
    EXPECT_EQ(hello.session_id_size, row.session_id);
    EXPECT_EQ(hello.has_block, row.version != ssl3);
  }
}

TEST(ClientHello, Tls13AsksWithoutAKeyShare) {
  const TestHello hello = test_hello(build_client_hello(spec_of(tls13, 3)));
  EXPECT_EQ(to_hex(*hello.find(43)), "020304");
  EXPECT_EQ(to_hex(*hello.find(45)), "0101");
  EXPECT_EQ(to_hex(*hello.find(51)), "0000");
  HelloSpec both = spec_of(tls13, 3);
  both.lower_versions = true;
  const TestHello mixed = test_hello(build_client_hello(both));
  EXPECT_EQ(to_hex(*mixed.find(43)), "080304030303020301");
  EXPECT_EQ(mixed.ciphers.back(), empty_renegotiation_info_scsv);
}

TEST(ClientHello, NamesAHostAndNeverAnAddress) {
  EXPECT_EQ(to_hex(*test_hello(build_client_hello(spec_of(tls12, 3, "a.b"))).find(0)),
            "00060000"
            "03612e62");
  for (const std::string name : {"", "127.0.0.1", "::1", "2001:db8::7"}) {
    EXPECT_EQ(test_hello(build_client_hello(spec_of(tls12, 3, name))).find(0), nullptr) << name;
  }
}

// RFC 7685 section 4 and servers that hang on some lengths: whatever is listed.
TEST(ClientHello, EveryLengthIsOneThatServersStand) {
  for (const auto version : {tls10, tls11, tls12, tls13}) {
    for (std::size_t ciphers = 1; ciphers <= 400; ++ciphers) {
      for (const std::size_t name : {0UZ, 5UZ, 6UZ, 7UZ}) {
        const TestHello hello =
            test_hello(build_client_hello(spec_of(version, ciphers, std::string(name, 'a'))));
        ASSERT_FALSE(hello.message_size >= 256 && hello.message_size < 512) << hello.message_size;
        ASSERT_NE(hello.message_size % 256, 10U) << hello.message_size;
        ASSERT_NE(hello.message_size % 256, 14U) << hello.message_size;
        ASSERT_FALSE(hello.extensions.back().second.empty());
      }
    }
  }
  for (std::size_t ciphers = 1; ciphers <= max_ssl3_ciphers; ++ciphers) {
    ASSERT_LT(test_hello(build_client_hello(spec_of(ssl3, ciphers))).message_size, 256U);
  }
}

TEST(ClientHello, LegacySignatureHashesComeLast) {
  const TestHello hello = test_hello(build_client_hello(spec_of(tls12, 3)));
  ByteReader list(ByteView(*hello.find(13)).subspan(2));
  std::vector<std::uint16_t> schemes;
  while (!list.empty()) schemes.push_back(list.u16().value());
  EXPECT_LE(schemes.size(), 30U);
  EXPECT_EQ(schemes.front(), 0x0403);
  EXPECT_EQ(std::ranges::count(schemes, 0x0101), 0);  // RSA with MD5
}

TEST(NamedGroups, EachOnce) {
  std::map<std::uint16_t, int> seen;
  for (const NamedGroup& group : all_named_groups()) EXPECT_EQ(++seen[group.code], 1) << group.name;
  EXPECT_EQ(named_group_name(29), "x25519");
  EXPECT_EQ(named_group_name(0x11ec), "x25519mlkem768");
  EXPECT_EQ(named_group_name(0xeeee), "unknown 0xeeee");
}

}  // namespace
}  // namespace certherald::codec::tls
