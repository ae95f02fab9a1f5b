#include "app/log.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

namespace certherald::app {
namespace {

constexpr std::array levels = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                               spdlog::level::err};

spdlog::level::level_enum to_spdlog(LogLevel level) { return levels.at(static_cast<std::size_t>(level)); }

// A descriptor that does not block may be full: it has this long to make room.
constexpr int longest_wait_ms = 1'000;

// Bytes written before it failed; all of them where it did not.
std::size_t write_whole(int fd, std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto sent = ::write(fd, text.data() + done, text.size() - done);
    if (sent > 0) done += static_cast<std::size_t>(sent);
    if (sent >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) break;
    pollfd wanted{fd, POLLOUT, 0};
    if (::poll(&wanted, 1, longest_wait_ms) <= 0) break;
  }
  return done;
}

// Writes lines that are made already, and counts those that it could not write.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  DescriptorSink(const Clock& clock, LogFormat format, int fd) : clock_(clock), format_(format), fd_(fd) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string text;
    if (cut_) text += '\n';  // what follows half a line starts on its own
    if (lost_ > 0) {
      text += log_line(format_, clock_.now(), LogLevel::warning, "log lines were lost", {{"count", lost_}});
      text += '\n';
    }
    const std::size_t before = text.size();
    text.append(message.payload.data(), message.payload.size());
    text += '\n';
    const std::size_t done = write_whole(fd_, text);
    if (done >= before) lost_ = 0;
    if (done < text.size()) ++lost_;
    if (done > 0) cut_ = text[done - 1] != '\n';
  }
  void flush_() override {}

  const Clock& clock_;
  LogFormat format_;
  int fd_;
  std::uint64_t lost_ = 0;
  bool cut_ = false;
};

}  // namespace

Log::Log(const Clock& clock, LogOptions options)
    : clock_(clock),
      format_(options.format),
      logger_(std::make_unique<spdlog::logger>(
          "certherald", std::make_shared<DescriptorSink>(clock, options.format, options.fd))) {
  std::signal(SIGPIPE, SIG_IGN);
  set_level(options.level);
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view message, LogFields fields) {
  const auto at = to_spdlog(level);
  if (!logger_->should_log(at)) return;
  const std::string line = log_line(format_, clock_.now(), level, message, fields);
  logger_->log(at, spdlog::string_view_t(line.data(), line.size()));
}

void Log::set_level(LogLevel level) { logger_->set_level(to_spdlog(level)); }

LogFormat for_journal(LogFormat asked, const char* journal_stream, int fd) {
  if (asked != LogFormat::text || journal_stream == nullptr) return asked;
  struct stat status{};
  if (::fstat(fd, &status) != 0) return asked;
  const bool same = fmt::format("{}:{}", status.st_dev, status.st_ino) == journal_stream;
  return same ? LogFormat::journal : asked;
}

}  // namespace certherald::app
