#include "net/wakeup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace certherald::net {

namespace asio = boost::asio;

void Wakeup::wake_all() {
  for (asio::steady_timer* timer : waiting_) timer->cancel();
}

Task<bool> Wakeup::wait(Millis at_most) {
  if (co_await is_cancelled()) co_return false;
  asio::steady_timer timer(co_await asio::this_coro::executor, at_most);
  struct Registration {
    std::vector<asio::steady_timer*>& all;
    asio::steady_timer* mine;
    ~Registration() { std::erase(all, mine); }
  };
  waiting_.push_back(&timer);
  const Registration registration{waiting_, &timer};
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return !co_await is_cancelled();
}

}  // namespace certherald::net
