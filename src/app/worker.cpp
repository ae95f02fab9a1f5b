#include "app/worker.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include "base/file.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "net/blocking.hpp"
#include "net/deadline.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t longest_proc_file = 65'536;

std::string boot() {
  const auto id = read_file("/proc/sys/kernel/random/boot_id", longest_proc_file);
  return id ? std::string(trim(*id)) : "";
}

// "pid:[4026531836]": process numbers mean something only inside.
std::string process_namespace() {
  std::array<char, 64> link{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", link.data(), link.size());
  return length > 0 ? std::string(link.data(), static_cast<std::size_t>(length)) : "";
}

// Ticks between the boot and the start of a process: proc(5), /proc/PID/stat, field 22. Nothing where there
// is no such process.
std::optional<std::string> start_of(std::string_view pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid), longest_proc_file);
  if (!stat) return std::nullopt;
  const std::size_t after_name = stat->rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  const auto fields = split(std::string_view(*stat).substr(after_name + 1), ' ');
  constexpr std::size_t start = 20;  // the 22nd, of those from the second on, behind an empty one
  if (fields.size() <= start) return std::nullopt;
  constexpr std::size_t state = 1;
  if (fields[state] == "Z" || fields[state] == "X") return std::nullopt;
  return std::string(fields[start]);
}

}  // namespace

std::string make_worker_name(Random& random) {
  const std::string pid = std::to_string(::getpid());
  return fmt::format("{}/{}/{}/{}/{}", boot(), process_namespace(), pid, start_of(pid).value_or(""),
                     make_uuid(random).substr(0, 8));
}

bool has_surely_died(std::string_view worker) {
  const auto parts = split(worker, '/');
  constexpr std::size_t count = 5;
  if (parts.size() != count || parts[0].empty() || parts[1].empty() || parts[3].empty()) return false;
  if (parts[0] != boot() || parts[1] != process_namespace()) return false;
  int pid = 0;
  const auto [end, error] = std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), pid);
  if (error != std::errc() || end != parts[2].data() + parts[2].size() || pid <= 0) return false;
  const auto start = start_of(parts[2]);
  if (start) return *start != parts[3];  // its number was given to another
  // Not to be read, or not there? Only the kernel's word that there is none counts, or that it has ended.
  return (::kill(pid, 0) != 0 && errno == ESRCH) ||
         ::access(fmt::format("/proc/{}/stat", pid).c_str(), R_OK) == 0;
}

Status free_leases_of_the_dead(store::Store& store) {
  const auto holders = store.read([](store::Session& session) { return session.lease_holders(); });
  if (!holders) return fail(holders.error());
  for (const std::string& worker : *holders) {
    if (!has_surely_died(worker)) continue;
    Status freed = store.write_shared([&](store::Session& session) { return session.end_leases(worker); });
    if (!freed) return freed;
  }
  return {};
}

net::Task<void> keep_leases(store::Store& store, boost::asio::thread_pool& store_pool, std::string worker,
                            std::function<void(const Error&)> on_error) {
  const auto keep = [&store, &worker] {
    return store.write_shared(
        [&](store::Session& session) { return session.keep_leases(worker, work_lease); });
  };
  while (co_await net::pause(Millis(work_lease) / 4)) {
    const Status kept = co_await net::on_pool(store_pool, keep);
    if (!kept) on_error(kept.error());
  }
}

}  // namespace certherald::app
