#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "app/log_line.hpp"
#include "base/clock.hpp"

namespace spdlog {
class logger;
}

namespace certherald::app {

struct LogOptions {
  LogFormat format = LogFormat::text;
  LogLevel level = LogLevel::info;  // and above
  int fd = 2;                       // where lines go; stays the caller's
};

// Lines about what the program does, for people and programs that read logs: `log.info("delivered",
// {{"connection", name}, {"ticket", id}})`. Passed down from main; may be used from any thread.
//
// A line is written at once and whole. Where that fails (closed, full, reader gone) the program goes on, and
// the first line that succeeds again is preceded by a warning that says how many were lost. Ignores SIGPIPE
// in the whole process.
class Log final {
 public:
  explicit Log(const Clock& clock, LogOptions options = {});  // `clock` outlives the log
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, LogFields fields = {}) { write(LogLevel::debug, message, fields); }
  void info(std::string_view message, LogFields fields = {}) { write(LogLevel::info, message, fields); }
  void warning(std::string_view message, LogFields fields = {}) { write(LogLevel::warning, message, fields); }
  void error(std::string_view message, LogFields fields = {}) { write(LogLevel::error, message, fields); }
  void write(LogLevel level, std::string_view message, LogFields fields);

  void set_level(LogLevel level);  // from now on, such as at SIGHUP

 private:
  const Clock& clock_;
  LogFormat format_;
  std::unique_ptr<spdlog::logger> logger_;
};

// `text` becomes `journal` where `fd` is the stream that systemd named in JOURNAL_STREAM (systemd.exec(5):
// "device:inode"; "" or nullptr where it is not set), so that a redirected stderr keeps its times.
[[nodiscard]] LogFormat for_journal(LogFormat asked, const char* journal_stream, int fd = 2);

}  // namespace certherald::app
