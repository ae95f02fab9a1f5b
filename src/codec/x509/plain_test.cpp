#include "codec/x509/plain.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "codec/x509/certificate.hpp"
#include "codec/x509/test_files.hpp"

namespace certherald::codec::x509 {
namespace {

// What the whole of libcrypto says of it.
std::optional<model::Certificate> read_wholly(ByteView der) {
  auto reading = read_certificate(der);
  if (!reading) return std::nullopt;
  return std::move(reading->certificate);
}

std::vector<std::string> all_files() {
  std::vector<std::string> out;
  const std::string folder = std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/certs";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".der") out.push_back("certs/" + entry.path().filename().string());
  }
  return out;
}

TEST(PlainCertificate, IsTheUsualOne) {
  for (const char* name : {"leaf", "intermediate", "key_ec_p384", "key_rsa1024"}) {
    EXPECT_TRUE(read_plain(as_bytes(test_file(std::string("certs/") + name + ".der")))) << name;
  }
}

TEST(PlainCertificate, IsLeftToTheLibraryWhereItIsNot) {
  for (const char* name : {"root", "self_signed", "key_ed25519", "key_ec_explicit", "key_dsa2048",
                           "signed_pss_sha256", "odd_trailing", "odd_truncated", "odd_bad_utf8"}) {
    const std::string der = test_file(std::string("certs/") + name + ".der");
    const auto plain = read_plain(as_bytes(der));
    if (plain) EXPECT_EQ(plain, read_wholly(as_bytes(der))) << name;
  }
  EXPECT_FALSE(read_plain(as_bytes(test_file("certs/root.der"))));
  EXPECT_FALSE(read_plain({}));
}

TEST(PlainCertificate, SaysWhatTheLibraryWouldHaveSaid) {
  for (const std::string& file : all_files()) {
    const std::string der = test_file(file);
    const auto plain = read_plain(as_bytes(der));
    if (plain) EXPECT_EQ(plain, read_wholly(as_bytes(der))) << file;
  }
}

// Each byte of it changed.
TEST(PlainCertificate, SaysWhatTheLibraryWouldHaveSaidOfEveryDamage) {
  SeededRandom random(7);
  int read = 0;
  for (const char* name : {"leaf", "key_ec_p384", "intermediate"}) {
    const std::string der = test_file(std::string("certs/") + name + ".der");
    for (std::size_t at = 0; at < der.size(); ++at) {
      Bytes noise(1);
      random.fill(noise);
      std::string damaged = der;
      damaged[at] = static_cast<char>(damaged[at] ^ (at % 3 == 0 ? 1 : noise[0]));
      const auto plain = read_plain(as_bytes(damaged));
      if (!plain) continue;
      ++read;
      ASSERT_EQ(plain, read_wholly(as_bytes(damaged))) << name << " byte " << at;
    }
  }
  EXPECT_GT(read, 500);
}

}  // namespace
}  // namespace certherald::codec::x509
