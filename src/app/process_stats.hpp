#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace certherald::app {

// What the kernel says about this process (proc(5)).
struct ProcessStats {
  double cpu_seconds = 0;            // user and system
  std::uint64_t resident_bytes = 0;  // memory in RAM
  std::uint64_t virtual_bytes = 0;   // address space
  std::uint64_t threads = 0;
  double start_time_seconds = 0;  // Unix time
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;  // the soft limit

  friend bool operator==(const ProcessStats&, const ProcessStats&) = default;
};

// The units the kernel counts in.
struct KernelUnits {
  double ticks_per_second = 100;
  std::uint64_t page_bytes = 4096;
};

// From the texts of /proc/self/stat and /proc/stat; without descriptors. Nothing where a field lacks.
[[nodiscard]] std::optional<ProcessStats> parse_process_stats(std::string_view self_stat,
                                                              std::string_view kernel_stat,
                                                              const KernelUnits& units);

// Nothing where /proc is not there.
[[nodiscard]] std::optional<ProcessStats> read_process_stats();

}  // namespace certherald::app
