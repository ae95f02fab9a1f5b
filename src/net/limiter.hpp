#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

class Limiter;

// A place in a Limiter; given back when it is destroyed. The Limiter outlives it.
class Permit final {
 public:
  explicit Permit(Limiter& owner) : owner_(&owner) {}
  Permit(Permit&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
  Permit& operator=(Permit&& other) noexcept;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit() { release(); }

 private:
  void release();
  Limiter* owner_;
};

// At most `places` at once; first come, first served. One executor, no locks.
class Limiter final {
 public:
  Limiter(boost::asio::any_io_executor executor, std::size_t places);
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;

  // Waits for a place: timed_out or cancelled where none came.
  Task<Result<Permit>> acquire(Deadline deadline);

  [[nodiscard]] std::size_t free_places() const { return free_; }

 private:
  friend class Permit;
  struct Waiter {
    boost::asio::steady_timer wake;
    bool granted = false;
  };
  void release();

  boost::asio::any_io_executor executor_;
  std::size_t free_;
  std::list<std::shared_ptr<Waiter>> waiting_;
};

// At most `rate` a second with bursts of one second's worth; 0 is no limit.
class RateLimiter final {
 public:
  RateLimiter(boost::asio::any_io_executor executor, double rate);

  // Waits for its turn: timed_out (at once, where the turn would come after the deadline) or cancelled.
  Task<Status> take(Deadline deadline);

 private:
  boost::asio::any_io_executor executor_;
  double rate_;
  Deadline::clock::time_point next_{};  // when the next token is free, were there no burst
};

}  // namespace certherald::net
