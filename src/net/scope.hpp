#pragma once

#include <cstddef>
#include <exception>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>

#include "net/awaitable.hpp"

namespace certherald::net {

// The home of every task that runs beside its maker: spawn, cancel, join. Declared last in its owner and
// joined before it is destroyed. One executor, no locks.
class Scope final {
 public:
  explicit Scope(boost::asio::any_io_executor executor);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();  // asserts that nothing runs any more

  void spawn(Task<void> task);
  void cancel();  // asks every task to stop

  // Waits for all tasks; rethrows the first exception that one of them left with (a bug).
  Task<void> join();

  [[nodiscard]] std::size_t running() const { return signals_.size(); }

 private:
  boost::asio::any_io_executor executor_;
  std::list<boost::asio::cancellation_signal> signals_;
  boost::asio::steady_timer idle_;  // cancelled when the last task ends: wakes join()
  std::exception_ptr failure_;
};

}  // namespace certherald::net
