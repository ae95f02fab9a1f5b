#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "base/clock.hpp"

namespace certherald::cli {

// One line that is rewritten on a terminal; nothing elsewhere. Clear it before anything else is written
// there.
class ProgressLine {
 public:
  // `out` outlives it.
  ProgressLine(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  void show(const std::string& text);
  void clear();

 private:
  std::ostream& out_;
  bool terminal_;
  bool shown_ = false;
};

struct ScanProgress {
  std::uint64_t done = 0;   // targets
  std::uint64_t of = 0;     // targets
  std::uint64_t found = 0;  // problems
};

// "1200/65536 (1%), 310 a second, 17 problems, 3m 28s left". Rate and time left are those of the whole way so
// far, and are left out until there is something to tell them by.
[[nodiscard]] std::string progress_text(const ScanProgress& progress, Seconds elapsed);

}  // namespace certherald::cli
