#include "cli/explain_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/check_pages.hpp"
#include "model/check.hpp"

namespace certherald::cli {
namespace {

using testing::HasSubstr;

struct Said {
  int exit_code = 0;
  std::string out;
  std::string err;
};

Said explain(const std::string& word) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  FakeClock clock{Instant{}};
  SeededRandom random(1);
  CommandContext context{.in = in, .out = out, .err = err, .clock = clock, .random = random};
  CLI::App app;
  add_explain_command(app, context);
  std::vector<std::string> words = {"explain"};  // CLI11 takes them from the end
  if (!word.empty()) words.insert(words.begin(), word);
  app.parse(words);
  return {context.exit_code, out.str(), err.str()};
}

// The head of a page repeats the table of checks; this holds them together.
std::string head(const model::CheckInfo& check) {
  std::string ids(check.cve);
  if (!ids.empty()) ids += ", ";
  ids += check.cwe;
  return fmt::format("# {}: {}\n\nSeverity {}, tier {}, {}.\n", check.id, check.title,
                     to_string(check.severity), to_string(check.tier), ids);
}

void expect_every_section(std::string_view page) {
  std::size_t at = 0;
  for (const std::string_view section :
       {"\n## What it is\n\n", "\n## How it is detected\n\n", "\n## What it costs\n\n",
        "\n## What it cannot tell\n\n", "\n## How to mend it\n\n", "\n### nginx\n\n", "\n### Apache\n\n",
        "\n### HAProxy\n\n", "\n### IIS\n\n", "\n### Java\n\n"}) {
    const std::size_t found = page.find(section, at);
    ASSERT_NE(found, std::string_view::npos) << "lacks" << section;
    at = found + section.size() - 1;
    // Something stands below it, but for the section that holds the servers.
    const bool holds_others = section == "\n## How to mend it\n\n";
    EXPECT_EQ(page.substr(at + 1).starts_with('#'), holds_others) << "empty" << section;
    EXPECT_LT(at + 1, page.size()) << "empty" << section;
  }
}

TEST(CheckPages, EveryCheckHasAPageWithEverySection) {
  EXPECT_EQ(check_pages().size(), model::all_checks().size());
  for (const model::CheckInfo& check : model::all_checks()) {
    SCOPED_TRACE(check.id);
    const std::string_view page = check_page(check.id);
    EXPECT_THAT(std::string(page), testing::StartsWith(head(check)));
    expect_every_section(page);
  }
}

TEST(Explain, PrintsThePageAndListsTheChecks) {
  const Said page = explain("weak_ciphers");
  EXPECT_EQ(page.exit_code, exit_fine);
  EXPECT_EQ(page.out, check_page("weak_ciphers"));
  const Said list = explain("");
  EXPECT_EQ(list.exit_code, exit_fine);
  EXPECT_THAT(list.out,
              testing::StartsWith(
                  "expiry               high      inventory  Certificate expired or expiring soon\n"));
  for (const model::CheckInfo& check : model::all_checks()) EXPECT_THAT(list.out, HasSubstr(check.id));
}

TEST(Explain, AnUnknownCheckIsMisuseWithTheNearest) {
  struct Row {
    const char* word;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"expiri", "there is no check 'expiri' (did you mean 'expiry'?)"},
      {"EXPIRY", "did you mean 'expiry'?"},
      {"weak", "did you mean weak_signature or weak_key or weak_ciphers or dh_weak?"},
      {"poodle", "did you mean poodle_sslv3 or poodle_tls or zombie_poodle?"},
      {"zzzzzzzzzzzz", "there are expiry, not_yet_valid"},
      {"\x1b[31m", "there is no check '\ufffd[31m'"},
  };
  for (const Row& row : rows) {
    const Said said = explain(row.word);
    EXPECT_EQ(said.exit_code, exit_misuse) << row.word;
    EXPECT_THAT(said.err, HasSubstr(row.says));
    EXPECT_EQ(said.out, "");
  }
}

}  // namespace
}  // namespace certherald::cli
