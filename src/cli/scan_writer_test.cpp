#include "cli/scan_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/text.hpp"
#include "cli/progress_line.hpp"
#include "cli/scan_sample.hpp"
#include "cli/scan_words.hpp"
#include "cli/xml_text.hpp"

namespace certherald::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<model::Observation> samples() {
  return {sample_bad(), sample_good(), sample_unreachable(), sample_hostile()};
}

std::string written(ScanFormat format, const std::vector<model::Observation>& observations,
                    ScanEnd end = ScanEnd::complete, const WriterOptions& options = {}) {
  const auto writer = make_scan_writer(format, options);
  std::string out = writer->begin();
  for (const model::Observation& observation : observations) out += writer->add(observation);
  return out + writer->end(end);
}

boost::json::value parsed(ScanFormat format, const std::vector<model::Observation>& observations,
                          ScanEnd end = ScanEnd::complete) {
  return boost::json::parse(written(format, observations, end));
}

// What readers of each format get, hostile text included: a change here is a change for users.
TEST(ScanWriter, Snapshots) {
  for (const auto& [format, file] :
       {std::pair{ScanFormat::testssl, "scan_testssl.json"}, std::pair{ScanFormat::tlsx, "scan_tlsx.jsonl"},
        std::pair{ScanFormat::junit, "scan_junit.xml"}, std::pair{ScanFormat::nagios, "scan_nagios.txt"},
        std::pair{ScanFormat::text, "scan_summary.txt"}}) {
    EXPECT_EQ(written(format, samples()), codec::test_file(std::string("snapshots/") + file)) << file;
  }
}

void expect_plain_text(std::string_view format, const std::vector<model::Observation>& some, ScanEnd end) {
  const std::string text = written(there(scan_formats.find(format)), some, end);
  EXPECT_TRUE(is_utf8(text)) << format;
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << format;
}

TEST(ScanWriter, IsValidHoweverEarlyItEnds) {
  for (const ScanEnd end : {ScanEnd::complete, ScanEnd::cancelled}) {
    for (std::size_t count = 0; count <= samples().size(); ++count) {
      auto some = samples();
      some.resize(count);
      for (const std::string_view name : scan_formats.names) expect_plain_text(name, some, end);
      EXPECT_TRUE(parsed(ScanFormat::testssl, some, end).is_array());
      EXPECT_TRUE(parsed(ScanFormat::sarif, some, end).is_object());
      EXPECT_THAT(written(ScanFormat::junit, some, end), testing::EndsWith("</testsuites>\n"));
    }
  }
}

TEST(ScanWriter, AStoppedScanSaysSo) {
  EXPECT_EQ(written(ScanFormat::testssl, {}), "[\n]\n");
  EXPECT_EQ(parsed(ScanFormat::testssl, {}, ScanEnd::cancelled).at(0).at("id").as_string(), "scanProblem");
  EXPECT_THAT(written(ScanFormat::junit, {}, ScanEnd::cancelled), HasSubstr("<error type=\"cancelled\""));
  const auto run = parsed(ScanFormat::sarif, {}, ScanEnd::cancelled).at("runs").at(0);
  EXPECT_FALSE(run.at("invocations").at(0).at("executionSuccessful").as_bool());
  EXPECT_THAT(written(ScanFormat::text, {}, ScanEnd::cancelled), HasSubstr("stopped before the end"));
  EXPECT_THAT(written(ScanFormat::nagios, {}, ScanEnd::cancelled), testing::StartsWith("TLS UNKNOWN - "));
}

TEST(ScanWriter, SarifHasARuleForEachCheckAndAResultForEachProblem) {
  const auto run = parsed(ScanFormat::sarif, samples()).at("runs").at(0);
  const auto& rules = run.at("tool").at("driver").at("rules").as_array();
  ASSERT_EQ(rules.size(), model::all_checks().size());
  std::vector<std::string> found;
  for (const auto& result : run.at("results").as_array()) {
    EXPECT_EQ(rules.at(result.at("ruleIndex").to_number<std::size_t>()).at("id"), result.at("ruleId"));
    EXPECT_TRUE(result.at("locations").at(0).at("physicalLocation").is_object());
    found.push_back(std::string(result.at("ruleId").as_string()) + " " +
                    std::string(result.at("level").as_string()));
  }
  EXPECT_THAT(found, testing::ElementsAre("expiry error", "poodle_sslv3 error", "self_signed warning",
                                          "deprecated_protocol note", "hostname_mismatch none",
                                          "weak_key none", "untrusted_chain error"));
  EXPECT_EQ(run.at("invocations").at(0).at("toolExecutionNotifications").as_array().size(), 1U);
}

TEST(ScanWriter, JunitFailsForWhatTheExitCodeFailsFor) {
  WriterOptions options;
  EXPECT_THAT(written(ScanFormat::junit, {sample_bad()}, ScanEnd::complete, options),
              HasSubstr("tests=\"8\" failures=\"2\" errors=\"0\" skipped=\"3\""));
  options.fail_on = model::Severity::low;
  EXPECT_THAT(written(ScanFormat::junit, {sample_bad()}, ScanEnd::complete, options),
              HasSubstr("failures=\"4\""));
}

TEST(ScanWriter, NagiosWarnsBeforeTheEndAndIsCriticalAfterIt) {
  model::Observation soon = sample_good();
  soon.checks.front().verdict = model::Verdict::affected;
  EXPECT_THAT(written(ScanFormat::nagios, {soon}), testing::StartsWith("TLS WARNING - "));
  soon.chain.front().not_after = soon.at - Seconds(1);
  EXPECT_THAT(written(ScanFormat::nagios, {soon}), testing::StartsWith("TLS CRITICAL - "));
  EXPECT_THAT(written(ScanFormat::nagios, {soon}),
              HasSubstr("| 'days left shop.example.com:443 at 192.0.2.10'=-1;30:;0:"));
  model::Observation open = sample_good();
  open.checks.front().verdict = model::Verdict::inconclusive;
  EXPECT_THAT(written(ScanFormat::nagios, {open}), testing::StartsWith("TLS UNKNOWN - "));
}

TEST(ScanWriter, TextIsBriefAboutWhatIsFineAmongMany) {
  WriterOptions options;
  options.targets = 11;
  const std::string text =
      written(ScanFormat::text, {sample_good(), sample_good()}, ScanEnd::complete, options);
  EXPECT_EQ(text,
            "  ok           shop.example.com:443 at 192.0.2.10  expires in 188 days\n"
            "  ok           shop.example.com:443 at 192.0.2.10  expires in 188 days\n"
            "2 addresses: 0 with problems, 2 without, 0 not scanned\n");
}

TEST(ScanWriter, TestsslNeverSaysNotOfferedOfWhatWasNotAsked) {
  model::Observation asked = sample_good();
  asked.checks.pop_back();  // weak_ciphers
  EXPECT_THAT(written(ScanFormat::testssl, {asked}), Not(HasSubstr("not offered\"")));
  asked.checks.push_back({"deprecated_protocol", model::Verdict::not_affected, "refused", {}});
  EXPECT_THAT(written(ScanFormat::testssl, {asked}),
              HasSubstr(R"("id":"TLS1_1","ip":"shop.example.com/192.0.2.10")"));
}

TEST(XmlText, EscapesAndDropsWhatXmlCannotHold) {
  struct Row {
    std::string bytes;
    const char* text;
  };
  const std::vector<Row> rows = {
      {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"},
      {"]]>", "]]&gt;"},
      {std::string("\0\x01\x1b[31m\x7f", 8), "[31m"},
      {"\u0085\u009b2J", "2J"},
      {"\ufffe\uffff\ufffd", "\ufffd"},
      {"a\nb\tc\rd", "a&#10;b&#9;cd"},
      {"\xff", "\ufffd"},
      {"Größe 😀", "Größe 😀"},
  };
  for (const Row& row : rows) EXPECT_EQ(xml_text(row.bytes), row.text);
}

TEST(ScanWords, CommonNameInAName) {
  struct Row {
    const char* name;
    const char* common_name;
  };
  const std::vector<Row> rows = {{"CN=Test Intermediate", "Test Intermediate"},
                                 {"O=A\\, B,CN=C\\,D+OU=x", "C,D"},
                                 {"O=xCN=no", ""},
                                 {"", ""},
                                 {"O=a\\", ""},
                                 {"O=\\,CN=a,CN=b", "b"}};
  for (const Row& row : rows) EXPECT_EQ(common_name_in(row.name), row.common_name) << row.name;
}

TEST(ProgressText, DoneRateFoundAndTimeLeft) {
  struct Row {
    ScanProgress progress;
    Seconds elapsed;
    const char* text;
  };
  const std::vector<Row> rows = {
      {{0, 100, 0}, Seconds(9), "0/100 (0%), 0 problems"},
      {{5, 100, 1}, Seconds(0), "5/100 (5%), 1 problem"},
      {{50, 100, 2}, Seconds(10), "50/100 (50%), 5.0 a second, 2 problems, 10s left"},
      {{1'200, 65'536, 17}, Seconds(4), "1200/65536 (1%), 300 a second, 17 problems, 3m 34s left"},
      {{1, 65'536, 0}, Seconds(1), "1/65536 (0%), 1.0 a second, 0 problems, 18h 12m left"},
      {{7, 7, 0}, Seconds(3), "7/7 (100%), 2.3 a second, 0 problems, 0s left"},
  };
  for (const Row& row : rows) EXPECT_EQ(progress_text(row.progress, row.elapsed), row.text);
}

}  // namespace
}  // namespace certherald::cli
