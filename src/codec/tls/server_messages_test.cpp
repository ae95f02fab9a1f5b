#include "codec/tls/server_messages.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "codec/tls/handshake.hpp"
#include "codec/x509/certificate.hpp"

namespace certherald::codec::tls {
namespace {

struct Message {
  HandshakeType type{};
  Bytes body;
};

// What a real server sent (tests/data/tls), as handshake messages.
std::vector<Message> capture(const std::string& name) {
  const auto file =
      read_file(std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/tls/" + name + ".bin", 1 << 20);
  EXPECT_TRUE(file.has_value()) << name;
  RecordReader records;
  HandshakeReader messages;
  records.feed(as_bytes(*file));
  std::vector<Message> out;
  for (;;) {
    const RecordStep step = records.next();
    const auto* record = std::get_if<Record>(&step);
    if (record == nullptr) return out;
    if (record->type != ContentType::handshake) continue;
    messages.feed(record->fragment);
    for (;;) {
      const HandshakeStep part = messages.next();
      const auto* message = std::get_if<HandshakeMessage>(&part);
      if (message == nullptr) break;
      out.push_back({message->type, {message->body.begin(), message->body.end()}});
    }
  }
}

TEST(ServerMessages, ReadsAFlightOfOpenSslWithEcdhe) {
  const auto flight = capture("openssl_tls12_ecdhe");
  ASSERT_EQ(flight.size(), 5U);
  const auto hello = parse_server_hello(flight[0].body);
  ASSERT_TRUE(hello && hello->well_formed);
  EXPECT_EQ(hello->version, 0x0303);
  EXPECT_FALSE(hello->retry_request);
  EXPECT_TRUE(hello->secure_renegotiation);
  EXPECT_TRUE(hello->extended_master_secret);
  const CipherInfo* cipher = find_cipher_suite(hello->cipher);
  ASSERT_NE(cipher, nullptr);
  EXPECT_EQ(cipher->key_exchange, KeyExchange::ecdhe);

  const auto chain = parse_certificate_list(flight[1].body);
  ASSERT_TRUE(chain);
  ASSERT_EQ(chain->size(), 1U);
  EXPECT_EQ(x509::parse_certificate(chain->front())->common_name, "shop.example.com");

  const auto keys = parse_server_key_exchange(flight[2].body, *cipher);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->group, 29);
  const auto request = parse_certificate_request(flight[3].body, hello->version);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->authorities, 1U);
  EXPECT_FALSE(request->signature_algorithms.empty());
  EXPECT_EQ(flight[4].type, HandshakeType::server_hello_done);
}

TEST(ServerMessages, ReadsTheSizeOfADiffieHellmanPrime) {
  const auto flight = capture("openssl_tls12_dhe");
  ASSERT_GE(flight.size(), 3U);
  const auto hello = parse_server_hello(flight[0].body);
  ASSERT_TRUE(hello);
  const auto keys = parse_server_key_exchange(flight[2].body, *find_cipher_suite(hello->cipher));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->dh_bits, 2048);
  EXPECT_FALSE(keys->group);
}

TEST(ServerMessages, TellsAHelloRetryRequestByItsRandom) {
  const auto flight = capture("openssl_tls13_retry");
  ASSERT_EQ(flight.size(), 1U);
  const auto hello = parse_server_hello(flight[0].body);
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->retry_request);
  EXPECT_EQ(hello->version, 0x0304);
  EXPECT_EQ(hello->legacy_version, 0x0303);
  EXPECT_EQ(hello->group, 29);
}

TEST(ServerMessages, EveryCutOfAHelloIsRefusedOrMarked) {
  const Bytes whole = capture("openssl_tls12_ecdhe")[0].body;
  const std::size_t fixed = 2 + 32 + 1 + 32 + 2 + 1;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto hello = parse_server_hello(ByteView(whole).first(size));
    EXPECT_EQ(hello.has_value(), size >= fixed) << size;
    if (hello && size > fixed) EXPECT_FALSE(hello->well_formed) << size;
  }
}

TEST(ServerMessages, RefusesCertificateListsThatMakeNoSense) {
  struct Row {
    std::string_view hex;
    int certificates;  // -1: refused
  };
  for (const Row& row : std::to_array<Row>({{"000000", 0},
                                            {"", -1},
                                            {"00000400000130", 1},
                                            {"0000040000013000", -1},  // a byte behind the list
                                            {"00000500000130", -1},    // shorter than it says
                                            {"000003000000", -1},      // an empty certificate
                                            {"00000400000230", -1}})) {
    const Bytes body = from_hex(row.hex).value();
    const auto chain = parse_certificate_list(body);
    EXPECT_EQ(chain ? static_cast<int>(chain->size()) : -1, row.certificates) << row.hex;
  }
  ByteWriter many;
  for (std::size_t i = 0; i <= max_chain_length; ++i) many.vector24(Bytes(1));
  ByteWriter body;
  body.vector24(many.view());
  EXPECT_FALSE(parse_certificate_list(body.view()));
}

TEST(ServerMessages, ReadsKeyParametersByKeyExchange) {
  struct Row {
    std::uint16_t cipher;
    std::string_view hex;
    std::string_view says;
  };
  const auto says = [](const std::optional<KeyParameters>& keys) -> std::string {
    if (!keys) return "refused";
    if (keys->group) return "group " + std::to_string(*keys->group);
    if (keys->dh_bits) return "dh " + std::to_string(*keys->dh_bits);
    return keys->rsa_bits ? "rsa " + std::to_string(*keys->rsa_bits) : "unknown";
  };
  for (const Row& row : std::to_array<Row>({
           {0xc02f, "030017", "group 23"},
           {0xc02f, "01", "unknown"},  // an explicit curve
           {0xc02f, "0300", "refused"},
           {0xc035, "0001ff03001d", "group 29"},  // a PSK hint in front
           {0x0033, "000300ffff0001020001ff", "dh 16"},
           {0x0033, "0001800001020001ff", "dh 8"},
           {0x0033, "00018000010200", "refused"},
           {0x0033, "000000010200", "refused"},
           {0x0003, "000201000003010001", "rsa 9"},
           {0x002f, "030017", "refused"},
       })) {
    const Bytes body = from_hex(row.hex).value();
    EXPECT_EQ(says(parse_server_key_exchange(body, *find_cipher_suite(row.cipher))), row.says) << row.hex;
  }
}

TEST(ServerMessages, ReadsCertificateRequestsOfEachVersion) {
  EXPECT_EQ(parse_certificate_request(from_hex("0201400000").value(), 0x0301)->types, (Bytes{1, 64}));
  const auto modern = parse_certificate_request(from_hex("0101000408040403"
                                                         "0004"
                                                         "00023000")
                                                    .value(),
                                                0x0303);
  ASSERT_TRUE(modern);
  EXPECT_EQ(modern->signature_algorithms, (std::vector<std::uint16_t>{0x0804, 0x0403}));
  EXPECT_EQ(modern->authorities, 1U);
  EXPECT_FALSE(parse_certificate_request(from_hex("010100030804040000").value(), 0x0303));
}

TEST(Alerts, AreNamed) {
  EXPECT_EQ(describe(Alert{2, 40}), "alert 40 handshake_failure");
  EXPECT_EQ(describe(Alert{2, 112}), "alert 112 unrecognized_name");
  EXPECT_EQ(describe(Alert{2, 200}), "alert 200");
  EXPECT_EQ(parse_alert(Bytes{1, 112}), (Alert{1, 112}));
  EXPECT_FALSE(parse_alert(Bytes{2}));
  EXPECT_FALSE((Alert{1, 112}).fatal());
  EXPECT_TRUE((Alert{7, 40}).fatal());
}

}  // namespace
}  // namespace certherald::codec::tls
