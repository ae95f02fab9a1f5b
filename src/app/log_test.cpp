#include "app/log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "base/text.hpp"

namespace certherald::app {
namespace {

constexpr Instant now{Seconds(1'795'514'400)};

std::string text(std::string_view message, LogFields fields = {}) {
  return log_line(LogFormat::text, now, LogLevel::info, message, fields);
}
std::string json(std::string_view message, LogFields fields = {}) {
  return log_line(LogFormat::json, now, LogLevel::info, message, fields);
}

TEST(LogLine, Formats) {
  struct Case {
    LogFormat format;
    LogLevel level;
    std::string_view line;
  };
  for (const auto& [format, level, line] : {
           Case{LogFormat::text, LogLevel::info,
                "2026-11-24T10:00:00Z info  delivered connection=desk attempts=2 took=1500ms"},
           Case{LogFormat::text, LogLevel::warning,
                "2026-11-24T10:00:00Z warning delivered connection=desk attempts=2 took=1500ms"},
           Case{LogFormat::journal, LogLevel::debug,
                "<7>debug delivered connection=desk attempts=2 took=1500ms"},
           Case{LogFormat::journal, LogLevel::info,
                "<6>info  delivered connection=desk attempts=2 took=1500ms"},
           Case{LogFormat::journal, LogLevel::warning,
                "<4>warning delivered connection=desk attempts=2 took=1500ms"},
           Case{LogFormat::journal, LogLevel::error,
                "<3>error delivered connection=desk attempts=2 took=1500ms"},
           Case{LogFormat::json, LogLevel::error,
                R"({"time":"2026-11-24T10:00:00Z","level":"error","message":"delivered",)"
                R"("connection":"desk","attempts":2,"took_ms":1500})"},
       }) {
    EXPECT_EQ(log_line(format, now, level, "delivered",
                       {{"connection", "desk"}, {"attempts", 2}, {"took", std::chrono::milliseconds(1500)}}),
              line);
  }
}

TEST(LogLine, TypesOfValues) {
  const LogFields fields = {
      {"a", std::string("s")}, {"b", std::string_view("v")}, {"c", -1}, {"d", ~std::uint64_t{0}}, {"e", true},
      {"f", Seconds(2)}};
  EXPECT_EQ(text("m", fields),
            "2026-11-24T10:00:00Z info  m a=s b=v c=-1 d=18446744073709551615 e=true f=2000ms");
  EXPECT_EQ(json("m", fields).substr(60),
            R"("a":"s","b":"v","c":-1,"d":18446744073709551615,"e":true,"f_ms":2000})");
}

void expect_safe(const std::string& line) {
  EXPECT_EQ(line, single_line(line));
  EXPECT_TRUE(is_utf8(line));
}

TEST(LogLine, HostileText) {
  struct Case {
    std::string value;
    std::string_view in_text;
    std::string_view in_json;
  };
  const Case cases[] = {
      {"", "\"\"", "\"\""},
      {"two words", "\"two words\"", "\"two words\""},
      {"a level=error", "\"a level=error\"", "\"a level=error\""},
      {"say \"x\"", R"("say \"x\"")", R"("say \"x\"")"},
      {"back\\", R"("back\\")", R"("back\\")"},
      {"a\n<3>error forged", "\"a <3>error forged\"", "\"a <3>error forged\""},
      {"\x1b[2J", "\xef\xbf\xbd[2J", "\"\xef\xbf\xbd[2J\""},
      {"\xe2\x80\xae"
       "cod",
       "\xef\xbf\xbd"
       "cod",
       "\"\xef\xbf\xbd"
       "cod\""},
      {"\xff\xc0", "\xef\xbf\xbd\xef\xbf\xbd", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
      {std::string("nul\0", 4), "nul\xef\xbf\xbd", "\"nul\xef\xbf\xbd\""},
      {"m\xc3\xbcnchen", "m\xc3\xbcnchen", "\"m\xc3\xbcnchen\""},
  };
  for (const auto& [value, in_text, in_json] : cases) {
    EXPECT_EQ(text("m", {{"v", value}}), fmt::format("2026-11-24T10:00:00Z info  m v={}", in_text));
    EXPECT_EQ(json("m", {{"v", value}}).substr(60), fmt::format(R"("v":{}}})", in_json));
    for (const std::string& line :
         {text(value), json(value), text("m", {{value, 1}}), json("m", {{value, 1}})}) {
      expect_safe(line);
    }
    boost::system::error_code error;
    EXPECT_TRUE(boost::json::parse(json(value, {{value, value}}), error).is_object()) << error.message();
  }
}

TEST(LogLine, LongTextIsCutVisibly) {
  const std::string line = text("m", {{"v", std::string(100'000, 'x')}});
  EXPECT_LT(line.size(), 5'000U);
  EXPECT_TRUE(line.ends_with("x\xe2\x80\xa6"));
}

TEST(LogLine, FieldsDoNotReplaceTheLinesOwnKeys) {
  EXPECT_EQ(json("m", {{"time", 1}, {"level", 2}, {"message", 3}}).substr(60),
            R"("time_":1,"level_":2,"message_":3})");
}

// A pipe to read what was logged.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0); }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(std::exchange(ends[0], -1));
  }
  std::string read_all() const {
    std::string out(65'536, '\0');
    const auto got = ::read(ends[0], out.data(), out.size());
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
  }

  std::array<int, 2> ends{-1, -1};
};

TEST(Log, WritesFromItsLevelOnAndTheLevelCanChange) {
  const Pipe pipe;
  const FakeClock clock(now);
  Log log(clock, {.format = LogFormat::journal, .level = LogLevel::info, .fd = pipe.ends[1]});
  log.debug("unseen");
  log.info("started");
  log.set_level(LogLevel::debug);
  log.debug("seen {}");
  log.set_level(LogLevel::error);
  log.warning("unseen");
  log.error("failed", {{"reason", "disk full"}});
  EXPECT_EQ(pipe.read_all(), "<6>info  started\n<7>debug seen {}\n<3>error failed reason=\"disk full\"\n");
}

TEST(Log, LinesOfThreadsDoNotMix) {
  const Pipe pipe;
  const FakeClock clock(now);
  Log log(clock, {.format = LogFormat::journal, .fd = pipe.ends[1]});
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&log] {
        for (int line = 0; line < 100; ++line) log.info("aaaaaaaaaaaaaaaa", {{"b", "cccc"}});
      });
    }
  }
  std::size_t lines = 0;
  const std::string all = pipe.read_all();
  for (const auto line : split(trim(all), '\n')) {
    EXPECT_EQ(line, "<6>info  aaaaaaaaaaaaaaaa b=cccc");
    ++lines;
  }
  EXPECT_EQ(lines, 400U);
}

TEST(Log, SurvivesAReaderThatLeft) {
  Pipe pipe;
  pipe.close_reader();
  const FakeClock clock(now);
  Log log(clock, {.fd = pipe.ends[1]});
  log.error("nobody hears");
}

TEST(Log, SurvivesAClosedDescriptorAndCountsWhatWasLost) {
  Pipe pipe;
  const FakeClock clock(now);
  const int fd = ::fcntl(pipe.ends[1], F_DUPFD_CLOEXEC, 100);
  Log log(clock, {.format = LogFormat::journal, .fd = fd});
  ::close(fd);
  log.info("lost");
  log.info("lost");
  ASSERT_EQ(::dup2(pipe.ends[1], fd), fd);
  log.info("heard");
  log.info("heard again");
  ::close(fd);
  EXPECT_EQ(pipe.read_all(),
            "<4>warning log lines were lost count=2\n<6>info  heard\n<6>info  heard again\n");
}

TEST(ForJournal, OnlyTheVeryStreamCounts) {
  const Pipe pipe;
  struct stat status{};
  ASSERT_EQ(::fstat(pipe.ends[1], &status), 0);
  const std::string mine = fmt::format("{}:{}", status.st_dev, status.st_ino);
  const std::string other = fmt::format("{}:{}", status.st_dev, status.st_ino + 1);
  EXPECT_EQ(for_journal(LogFormat::text, mine.c_str(), pipe.ends[1]), LogFormat::journal);
  EXPECT_EQ(for_journal(LogFormat::text, other.c_str(), pipe.ends[1]), LogFormat::text);
  EXPECT_EQ(for_journal(LogFormat::text, nullptr, pipe.ends[1]), LogFormat::text);
  EXPECT_EQ(for_journal(LogFormat::text, "nonsense", pipe.ends[1]), LogFormat::text);
  EXPECT_EQ(for_journal(LogFormat::json, mine.c_str(), pipe.ends[1]), LogFormat::json);
}

}  // namespace
}  // namespace certherald::app
