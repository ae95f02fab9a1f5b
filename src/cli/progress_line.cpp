#include "cli/progress_line.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

namespace certherald::cli {
namespace {

std::string time_text(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
}

}  // namespace

void ProgressLine::show(const std::string& text) {
  if (!terminal_) return;
  out_ << "\r\x1b[K" << text << std::flush;
  shown_ = true;
}

void ProgressLine::clear() {
  if (shown_) out_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

std::string progress_text(const ScanProgress& progress, Seconds elapsed) {
  const double share =
      progress.of == 0 ? 1.0 : static_cast<double>(progress.done) / static_cast<double>(progress.of);
  std::string out = fmt::format("{}/{} ({}%)", progress.done, progress.of, static_cast<int>(share * 100));
  const auto seconds = elapsed.count();
  const bool known = seconds >= 1 && progress.done > 0;
  const double rate = known ? static_cast<double>(progress.done) / static_cast<double>(seconds) : 0;
  if (known)
    out += rate < 10 ? fmt::format(", {:.1f} a second", rate) : fmt::format(", {:.0f} a second", rate);
  out += fmt::format(", {} problem{}", progress.found, progress.found == 1 ? "" : "s");
  if (known) {
    const auto left = static_cast<double>(progress.of - std::min(progress.done, progress.of)) / rate;
    out += fmt::format(", {} left", time_text(static_cast<std::int64_t>(left)));
  }
  return out;
}

}  // namespace certherald::cli
