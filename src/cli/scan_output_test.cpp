#include "cli/scan_output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "cli/scan_sample.hpp"

namespace certherald::cli {
namespace {

std::string snapshot(const std::string& name) { return codec::test_file("snapshots/" + name); }

// These are promises to scripts: a change here is a change for users.
TEST(ScanJson, Snapshot) {
  EXPECT_EQ(scan_json(sample_good()) + scan_json(sample_bad()) + scan_json(sample_unreachable()),
            snapshot("scan.json"));
}

TEST(ScanText, Snapshot) {
  EXPECT_EQ(scan_text(sample_bad(), Colours::off) + scan_text(sample_good(), Colours::off) +
                scan_text(sample_unreachable(), Colours::off),
            snapshot("scan.txt"));
}

TEST(ScanText, SnapshotWithColours) {
  EXPECT_EQ(scan_text(sample_bad(), Colours::on), snapshot("scan_colours.txt"));
}

TEST(ScanJson, EveryKeyInOrderWhateverHappened) {
  const std::vector<std::string> keys = {"target",   "address",     "port",           "sni",
                                         "starttls", "status",      "error",          "versions",
                                         "ciphers",  "groups",      "chain",          "other_chains",
                                         "checks",   "connections", "bytes_received", "duration_ms"};
  for (const auto& observation : {sample_good(), sample_bad(), sample_unreachable(), sample_hostile()}) {
    const auto line = boost::json::parse(scan_json(observation)).as_object();
    std::vector<std::string> seen;
    for (const auto& member : line) seen.emplace_back(member.key());
    EXPECT_EQ(seen, keys);
  }
}

TEST(ScanJson, HostileTextStaysOneValidLine) {
  const std::string line = scan_json(sample_hostile());
  EXPECT_TRUE(is_utf8(line));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto chain = boost::json::parse(line).at("chain").at(0);
  EXPECT_EQ(chain.at("common_name").as_string(), "a\x1b[31mred\r\nok \x07 \"q\" \\ \ufffd\ufffd \u202e");
  EXPECT_EQ(chain.at("issuer").as_string().size(), 5009U);
}

TEST(ScanJson, NoOrdersToATerminal) {
  model::Observation observation = sample_good();
  observation.error = "\x7f \u0080 \u009b2J \u00a0 \u200e \u2028 \u202e \u2069 \ufeff \u2030 é 😀";
  const std::string line = scan_json(observation);
  EXPECT_THAT(line, testing::HasSubstr("\"\\u007f \\u0080 \\u009b2J \u00a0 \\u200e \\u2028 \\u202e \\u2069 "
                                       "\\ufeff \u2030 é 😀\""));
  EXPECT_EQ(boost::json::parse(line).at("error").as_string(), observation.error);
}

TEST(ScanJson, Ssl2CodesHaveSixDigits) {
  model::Observation observation = sample_good();
  observation.versions = {{model::ProtocolVersion::ssl2, {{0x010080, "SSL_CK_RC4_128_WITH_MD5"}}}};
  EXPECT_THAT(scan_json(observation), testing::HasSubstr(R"("sslv2":[{"code":"010080")"));
}

// Without our own sequences: ESC [ digits and ; m
std::string without_colours(std::string text) {
  for (auto at = text.find('\x1b'); at != std::string::npos; at = text.find('\x1b')) {
    const auto end = text.find('m', at);
    EXPECT_EQ(text.substr(at + 1, end - at - 1).find_first_not_of("[0123456789;"), std::string::npos);
    text.erase(at, end - at + 1);
  }
  return text;
}

void expect_no_power_over_the_terminal(const std::string& text) {
  EXPECT_TRUE(is_utf8(text));
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << int{c};
  for (const char* bad : {"\x7f", "\u009b", "\u202e"}) EXPECT_EQ(text.find(bad), std::string::npos);
  for (const auto line : split(text, '\n')) EXPECT_LT(line.size(), 2000U);
}

TEST(ScanText, HostileTextHasNoPowerOverTheTerminal) {
  expect_no_power_over_the_terminal(scan_text(sample_hostile(), Colours::off));
  expect_no_power_over_the_terminal(without_colours(scan_text(sample_hostile(), Colours::on)));
}

TEST(ScanTotals, CountsEachOnce) {
  ScanTotals totals;
  for (const auto& observation : {sample_good(), sample_bad(), sample_unreachable(), sample_bad()}) {
    count(totals, observation);
  }
  EXPECT_EQ(totals, (ScanTotals{4, 1, 2, 1}));
  EXPECT_EQ(scan_totals_text(totals), "4 addresses: 2 with problems, 1 without, 1 not scanned\n");
}

}  // namespace
}  // namespace certherald::cli
