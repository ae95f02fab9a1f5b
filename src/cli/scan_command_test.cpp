#include "cli/scan_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/scan_sample.hpp"

namespace certherald::cli {
namespace {

using testing::HasSubstr;

// Hands out what it was given, whatever is asked.
class FakeScan final : public ScanPort {
 public:
  Result<ScanEnd> scan(const ScanRequest& request, ScanWatcher& watcher) override {
    asked = request;
    roots = request.trust->size();
    if (failure) return fail(*failure);
    for (const model::Observation& observation : answers) watcher.target_done({observation});
    watcher.tick();
    return end;
  }

  std::vector<model::Observation> answers;
  ScanEnd end = ScanEnd::complete;
  std::optional<Error> failure;
  ScanRequest asked;
  std::size_t roots = 0;
};

class ScanCommand : public testing::Test {
 protected:
  int run(std::vector<std::string> words, const std::string& input = {}) {
    std::istringstream in(input);
    out_.str({});
    err_.str({});
    FakeClock clock{Instant{}};
    SeededRandom random(1);
    CommandContext context{.in = in, .out = out_, .err = err_, .clock = clock, .random = random};
    CLI::App app;
    add_scan_command(app, context, port_);
    words.insert(words.begin(), "scan");
    std::ranges::reverse(words);  // as CLI11 takes them
    try {
      app.parse(words);
    } catch (const CLI::ParseError& error) {
      return error.get_exit_code() == 0 ? exit_fine : exit_misuse;
    }
    return context.exit_code;
  }

  FakeScan port_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(ScanCommand, AsksForWhatWasWritten) {
  port_.answers = {sample_good()};
  EXPECT_EQ(run({"a.example:8443", "-", "--sni", "b.example", "--within", "14d", "--tier", "inventory",
                 "--host-rate", "0", "--checks", "expiry,weak_key", "--timeout", "3s", "c.example"},
                "192.0.2.0/31\n"),
            exit_fine);
  const ScanRequest& asked = port_.asked;
  ASSERT_EQ(asked.targets.size(), 4U);
  scan::TargetCursor cursor(asked.targets);
  EXPECT_EQ(model::subject_text(there(cursor.next())), "endpoint:-:a.example:8443:b.example:-");
  EXPECT_EQ(model::subject_text(there(cursor.next())), "endpoint:-:192.0.2.0:443:b.example:-");
  EXPECT_EQ(asked.tier, model::Tier::inventory);
  EXPECT_EQ(model::to_string(asked.within), "14d");
  EXPECT_EQ(asked.host_rate, 0);
  EXPECT_EQ(asked.timeout, Seconds(3));
  EXPECT_THAT(asked.checks, testing::ElementsAre("expiry", "weak_key"));
  EXPECT_GT(port_.roots, 50U);  // the system's
}

TEST_F(ScanCommand, AProtocolBeforeTlsComesFromTheTargetOrTheOption) {
  port_.answers = {sample_good()};
  EXPECT_EQ(run({"smtp://a.example", "b.example", "--starttls", "ldap"}), exit_fine) << err_.str();
  ASSERT_EQ(port_.asked.targets.size(), 2U);
  EXPECT_EQ(model::subject_text(port_.asked.targets.specs()[0].at(0)),
            "endpoint:smtp:a.example:25:a.example:-");
  EXPECT_EQ(model::subject_text(port_.asked.targets.specs()[1].at(0)),
            "endpoint:ldap:b.example:389:b.example:-");
}

TEST_F(ScanCommand, TrustAddsToTheSystemsRoots) {
  port_.answers = {sample_good()};
  run({"a.example"});
  const std::size_t system = port_.roots;
  const std::string root = std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/certs/root.der";
  EXPECT_EQ(run({"--trust", root, "a.example"}), exit_fine);
  EXPECT_EQ(port_.roots, system + 1);
}

TEST_F(ScanCommand, MisuseIsToldWithTheMend) {
  struct Row {
    std::vector<std::string> words;
    const char* says;
  };
  const std::vector<Row> rows = {
      {{}, ""},
      {{"a b"}, "target 'a b'"},
      {{"a.example", "--starttls", "gopher"},
       "--starttls: no STARTTLS is known for the protocol 'gopher' (there are "},
      {{"@/absent"}, "/absent: cannot be read"},
      {{"-"}, "nothing to scan"},
      {{"a.example", "--format", "xml"}, "there are text, json, testssl, tlsx, junit, sarif, nagios"},
      {{"a.example", "--tier", "shallow"}, "inventory, full, deep"},
      {{"a.example", "--fail-on", "bad"}, "write info, low"},
      {{"a.example", "--checks", "expiry,heart_burn"}, "'heart_burn' is not known"},
      {{"a.example", "--within", "soon"}, "--within: "},
      {{"a.example", "--timeout", "0s"}, "from 1s to 10m"},
      {{"a.example", "--host-rate", "-1"}, "0 to 100000"},
      {{"a.example", "--host-rate", "x"}, ""},
      {{"a.example", "--trust", "/absent.pem"}, "/absent.pem: cannot be read"},
      {{"a.example", "--sni", "192.0.2.1"}, "cannot be an SNI name"},
      {{"a.example", "--no-such"}, ""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(run(row.words), exit_misuse) << row.says;
    EXPECT_THAT(err_.str(), HasSubstr(row.says));
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(ScanCommand, ExitCodes) {
  struct Row {
    std::vector<model::Observation> answers;
    const char* fail_on;
    int exit_code;
  };
  const std::vector<Row> rows = {
      {{sample_good()}, "info", exit_fine},
      {{sample_bad()}, "high", exit_bad_news},
      {{sample_bad()}, "critical", exit_fine},
      {{sample_good(), sample_bad()}, "high", exit_bad_news},
      {{sample_unreachable()}, "info", exit_failed},
      {{sample_unreachable(), sample_unreachable()}, "info", exit_failed},
      {{sample_unreachable(), sample_good()}, "info", exit_failed},
      {{sample_unreachable(), sample_bad()}, "high", exit_failed},
  };
  for (const Row& row : rows) {
    port_.answers = row.answers;
    EXPECT_EQ(run({"a.example", "--fail-on", row.fail_on}), row.exit_code);
  }
  port_.failure = Error{ErrorKind::internal, "no network", {}};
  EXPECT_EQ(run({"a.example"}), exit_failed);
  EXPECT_EQ(err_.str(), "certherald scan: no network\n");
}

TEST_F(ScanCommand, PrintsInTheFormatAsked) {
  port_.answers = {sample_good(), sample_unreachable()};
  run({"a.example", "--format", "json"});
  EXPECT_EQ(std::ranges::count(out_.str(), '\n'), 2);
  EXPECT_THAT(out_.str(), testing::StartsWith("{\"target\""));
  run({"a.example"});
  EXPECT_THAT(out_.str(), testing::EndsWith("2 addresses: 0 with problems, 1 without, 1 not scanned\n"));
}

TEST_F(ScanCommand, StoppedEarlyItPrintsWhatIsKnownAndSaysSo) {
  port_.answers = {sample_good()};
  port_.end = ScanEnd::cancelled;
  EXPECT_EQ(run({"a.example", "b.example"}), exit_failed);
  EXPECT_THAT(out_.str(), testing::StartsWith("shop.example.com:443"));
  EXPECT_THAT(out_.str(), testing::EndsWith("stopped before the end: the rest was not scanned\n"));
  EXPECT_EQ(err_.str(), "certherald scan: stopped: 1 of 2 targets are done\n");
  EXPECT_EQ(run({"a.example", "--format", "nagios"}), 3);
}

TEST_F(ScanCommand, NagiosHasItsOwnExitCodes) {
  struct Row {
    std::vector<model::Observation> answers;
    int exit_code;
    const char* line;
  };
  const std::vector<Row> rows = {
      {{sample_good()}, 0, "TLS OK - "},
      {{sample_bad()}, 2, "TLS CRITICAL - "},
      {{sample_unreachable()}, 2, "TLS CRITICAL - down.example.com:443 the name does not resolve"},
      {{}, 3, "TLS UNKNOWN - nothing was scanned"},
  };
  for (const Row& row : rows) {
    port_.answers = row.answers;
    EXPECT_EQ(run({"a.example", "--format", "nagios"}), row.exit_code) << row.line;
    EXPECT_THAT(out_.str(), testing::StartsWith(row.line));
    EXPECT_EQ(std::ranges::count(out_.str(), '\n'), 1);
  }
  EXPECT_EQ(run({"a b", "--format", "nagios"}), 3);
  EXPECT_THAT(out_.str(), testing::StartsWith("TLS UNKNOWN - target 'a b'"));
}

TEST_F(ScanCommand, OutputThatFailsIsNoSuccess) {
  port_.answers = {sample_good()};
  out_.setstate(std::ios::badbit);
  std::istringstream in;
  FakeClock clock{Instant{}};
  SeededRandom random(1);
  CommandContext context{.in = in, .out = out_, .err = err_, .clock = clock, .random = random};
  CLI::App app;
  add_scan_command(app, context, port_);
  app.parse(std::vector<std::string>{"a.example", "scan"});
  EXPECT_EQ(context.exit_code, exit_failed);
}

}  // namespace
}  // namespace certherald::cli
