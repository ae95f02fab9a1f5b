#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/thread_pool.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "store/store.hpp"

namespace certherald::app {

// How long a process may be silent before another takes over the runs and scans that it carries.
inline constexpr Seconds work_lease{30};

// The name of this process in leases: of the boot, the process namespace, the process, its start, and a part
// that is random. Two processes never share one.
[[nodiscard]] std::string make_worker_name(Random& random);

// True where the process of that name ran on this machine, in this boot and namespace, and is gone. False
// wherever that cannot be told: its leases end by themselves.
[[nodiscard]] bool has_surely_died(std::string_view worker);

// Gives back what processes held that have surely died: who starts after a crash need not wait for leases to
// end. Blocks on the store.
[[nodiscard]] Status free_leases_of_the_dead(store::Store& store);

// Prolongs the leases of runs and scans that the worker holds, until it is cancelled. A store that fails is
// told to `on_error` and asked again: once the lease has ended others take over, and this worker's own writes
// are refused.
net::Task<void> keep_leases(store::Store& store, boost::asio::thread_pool& store_pool, std::string worker,
                            std::function<void(const Error&)> on_error);

}  // namespace certherald::app
