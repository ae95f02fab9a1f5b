#include "codec/x509/hostname.hpp"

#include <gtest/gtest.h>

#include "codec/x509/test_files.hpp"

namespace certherald::codec::x509 {
namespace {

TEST(Hostname, NameAgainstPattern) {
  struct Row {
    const char* pattern;
    const char* host;
    bool matches;
  };
  const std::vector<Row> rows = {
      {"shop.example.com", "shop.example.com", true},
      {"Shop.Example.COM", "sHOP.example.com", true},
      {"shop.example.com", "www.shop.example.com", false},
      {"example.com", "shop.example.com", false},
      {"*.example.com", "shop.example.com", true},
      {"*.example.com", "xn--bcher-kva.example.com", true},
      {"*.example.com", "example.com", false},
      {"*.example.com", "a.shop.example.com", false},
      {"*.com", "example.com", false},
      {"*", "localhost", false},
      {"*.", "example.", false},
      {"s*.example.com", "shop.example.com", false},
      {"*p.example.com", "shop.example.com", false},
      {"xn--*.example.com", "xn--bcher-kva.example.com", false},
      {"shop.*.com", "shop.example.com", false},
      {"*.*.example.com", "a.b.example.com", false},
      {"localhost", "localhost", true},
      {"", "", false},
      {"shop..example.com", "shop..example.com", false},
      {"bank.example.com\\00.evil.example", "bank.example.com", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(name_matches(row.pattern, row.host), row.matches) << row.pattern << " against " << row.host;
  }
}

TEST(Hostname, CertificateAgainstHost) {
  struct Row {
    const char* file;
    const char* host;
    bool names;
  };
  const std::vector<Row> rows = {
      {"leaf", "shop.example.com", true},
      {"leaf", "SHOP.example.com.", true},
      {"leaf", "a.shop.example.com", true},
      {"leaf", "other.example.com", false},
      {"leaf", "192.0.2.10", true},
      {"leaf", "192.0.2.11", false},
      {"leaf", "2001:DB8:0::10", true},
      {"leaf", "::ffff:192.0.2.10", false},
      {"no_san", "cn-only.example.com", false},  // the common name never counts
      {"odd_nul", "bank.example.com", false},
      {"odd_sans", "", false},
      {"odd_sans", "xn--bcher-kva.example", true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(names_host(test_certificate(row.file), row.host), row.names) << row.file << " for " << row.host;
  }
}

}  // namespace
}  // namespace certherald::codec::x509
