#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/result.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"

namespace certherald::net {

namespace detail {
struct Places;
}

// A place in a Limiter; given back when it is destroyed, or by release(). May outlive the Limiter.
class Permit final {
 public:
  Permit() = default;  // holds nothing
  explicit Permit(std::shared_ptr<detail::Places> places) : places_(std::move(places)) {}
  Permit(Permit&& other) noexcept = default;
  Permit& operator=(Permit&& other) noexcept;
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  ~Permit() { release(); }

  void release();

 private:
  std::shared_ptr<detail::Places> places_;
};

// At most `places` at once (at least 1); first come, first served. One executor, no locks.
class Limiter final {
 public:
  Limiter(Executor executor, std::size_t places);
  Limiter(const Limiter&) = delete;
  Limiter& operator=(const Limiter&) = delete;

  // Waits for a place: timed_out or cancelled where none came; no place is lost then.
  Task<Result<Permit>> acquire(Deadline deadline);

  [[nodiscard]] std::size_t free_places() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  std::shared_ptr<detail::Places> places_;
};

// At most `rate` a second on the long run, after a burst of one second's worth (at least 1); 0 or less is no
// limit. First come, first served. The RateLimiter outlives its callers. One executor, no locks.
class RateLimiter final {
 public:
  RateLimiter(Executor executor, double rate);
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // Waits for a token: timed_out (at once, where it is known that none comes before the deadline) or
  // cancelled; no token is used then.
  Task<Status> take(Deadline deadline);

 private:
  Limiter turn_;  // one caller at a time waits for the next token, so that a caller who gives up costs none
  Deadline::clock::duration gap_{};
  Deadline::clock::duration burst_{};
  Deadline::clock::time_point next_{};  // when the next token comes, were there no burst
};

}  // namespace certherald::net
