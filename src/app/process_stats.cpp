#include "app/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t longest_file = std::size_t{1} << 20U;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "btime" of /proc/stat: when the machine started, in Unix time.
std::optional<std::uint64_t> boot_time(std::string_view kernel_stat) {
  constexpr std::string_view name = "btime ";
  for (const std::string_view line : split(kernel_stat, '\n')) {
    if (line.starts_with(name)) return number(line.substr(name.size()));
  }
  return std::nullopt;
}

std::uint64_t count_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  const auto count = std::distance(begin(entries), end(entries));
  return count > 0 ? static_cast<std::uint64_t>(count) - 1 : 0;  // one is the folder's own
}

}  // namespace

std::optional<ProcessStats> parse_process_stats(std::string_view self_stat, std::string_view kernel_stat,
                                                const KernelUnits& units) {
  // The second field is the program's name in brackets, which may hold anything; field 3 is fields[0].
  const auto name_end = self_stat.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  const auto fields = split(trim(self_stat.substr(name_end + 2)), ' ');
  const auto field = [&](std::size_t n) {
    return n - 3 < fields.size() ? number(fields[n - 3]) : std::nullopt;
  };
  const auto user = field(14);
  const auto system = field(15);
  const auto threads = field(20);
  const auto start = field(22);
  const auto address_space = field(23);
  const auto pages = field(24);
  const auto boot = boot_time(kernel_stat);
  if (!user || !system || !threads || !start || !address_space || !pages || !boot) return std::nullopt;
  ProcessStats stats;
  stats.cpu_seconds = static_cast<double>(*user + *system) / units.ticks_per_second;
  stats.threads = *threads;
  stats.start_time_seconds =
      static_cast<double>(*boot) + static_cast<double>(*start) / units.ticks_per_second;
  stats.virtual_bytes = *address_space;
  stats.resident_bytes = *pages * units.page_bytes;
  return stats;
}

std::optional<ProcessStats> read_process_stats() {
  const auto self = read_file("/proc/self/stat", longest_file);
  const auto kernel = read_file("/proc/stat", longest_file);
  if (!self || !kernel) return std::nullopt;
  const KernelUnits units{static_cast<double>(::sysconf(_SC_CLK_TCK)),
                          static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
  auto stats = parse_process_stats(*self, *kernel, units);
  if (!stats) return std::nullopt;
  stats->open_fds = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats->max_fds = limit.rlim_cur;
  return stats;
}

}  // namespace certherald::app
