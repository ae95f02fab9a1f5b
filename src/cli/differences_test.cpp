#include "cli/differences.hpp"

#include <gtest/gtest.h>

#include "cli/scan_sample.hpp"

namespace certherald::cli {
namespace {

model::Observation at_address(const char* address) {
  model::Observation out = sample_good();
  out.address = address;
  return out;
}

TEST(Differences, SaysWhoHasWhatOthersLack) {
  Differences differences(Colours::off);
  EXPECT_EQ(differences.add(at_address("192.0.2.1")), "");
  EXPECT_EQ(differences.add(at_address("192.0.2.2")), "");
  model::Observation odd = at_address("192.0.2.3");
  odd.chain.front().sha256 = std::string(64, 'c');
  odd.chain.front().not_after = at("2026-12-06T00:00:00Z");
  odd.versions.pop_back();
  odd.checks.front().verdict = model::Verdict::affected;
  EXPECT_EQ(differences.add(odd), "");
  model::Observation next = sample_good();
  next.endpoint.host = "next.example.com";
  EXPECT_EQ(differences.add(next),
            "shop.example.com:443  differs between its 3 addresses\n"
            "  certificate  192.0.2.3: shop.example.com until 2026-12-06T00:00:00Z (cccccccccccccccc)\n"
            "               192.0.2.1, 192.0.2.2: shop.example.com until 2027-06-01T00:00:00Z "
            "(aaaaaaaaaaaaaaaa)\n"
            "  versions     192.0.2.3: none of them\n"
            "               192.0.2.1, 192.0.2.2: TLS 1.3\n"
            "  problems     192.0.2.1, 192.0.2.2: none of them\n"
            "               192.0.2.3: expiry\n\n");
  EXPECT_EQ(differences.end(), "");
}

TEST(Differences, SaysNothingWhereAllAreAlikeOrAway) {
  Differences differences(Colours::off);
  std::ignore = differences.add(at_address("192.0.2.1"));
  std::ignore = differences.add(at_address("192.0.2.2"));
  model::Observation away = at_address("192.0.2.3");
  away.status = model::ScanStatus::unreachable;
  std::ignore = differences.add(away);
  EXPECT_EQ(differences.end(), "");
  EXPECT_EQ(differences.end(), "");
}

}  // namespace
}  // namespace certherald::cli
