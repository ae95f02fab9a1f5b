#pragma once

#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "net/awaitable.hpp"

namespace certherald::net {

// Where tasks wait for news that another task brings, at most for a span. A wake-up that nobody waits for is
// not kept: look first, then wait. One executor, no locks; outlives who waits at it.
class Wakeup final {
 public:
  Wakeup() = default;
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Wakes everybody who waits now.
  void wake_all();

  // Until the next wake_all or until the span has passed; false where the caller was cancelled.
  Task<bool> wait(Millis at_most);

 private:
  std::vector<boost::asio::steady_timer*> waiting_;
};

}  // namespace certherald::net
