#include "net/limiter.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace certherald::net {

namespace asio = boost::asio;

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this != &other) {
    release();
    owner_ = std::exchange(other.owner_, nullptr);
  }
  return *this;
}

void Permit::release() {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->release();
}

Limiter::Limiter(asio::any_io_executor executor, std::size_t places)
    : executor_(std::move(executor)), free_(std::max<std::size_t>(places, 1)) {}

void Limiter::release() {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  // The place goes straight to the first in the row, so that nobody can overtake it.
  const std::shared_ptr<Waiter> first = waiting_.front();
  waiting_.pop_front();
  first->granted = true;
  first->wake.cancel();
}

Task<Result<Permit>> Limiter::acquire(Deadline deadline) {
  if (free_ > 0 && waiting_.empty()) {
    --free_;
    co_return Permit(*this);
  }
  const auto self = std::make_shared<Waiter>(Waiter{asio::steady_timer(executor_, deadline.at())});
  waiting_.push_back(self);
  boost::system::error_code error;
  co_await self->wake.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (self->granted) co_return Permit(*this);
  waiting_.remove(self);
  if (error) co_return fail(ErrorKind::cancelled, "cancelled");
  co_return fail(ErrorKind::timed_out, "no free connection in time");
}

RateLimiter::RateLimiter(asio::any_io_executor executor, double rate)
    : executor_(std::move(executor)), rate_(rate) {}

Task<Status> RateLimiter::take(Deadline deadline) {
  if (rate_ <= 0) co_return Status();
  const auto now = Deadline::clock::now();
  const auto gap =
      std::chrono::duration_cast<Deadline::clock::duration>(std::chrono::duration<double>(1 / rate_));
  const auto turn = std::max(next_, now - std::chrono::seconds(1));
  if (turn > deadline.at()) co_return fail(ErrorKind::timed_out, "the rate limit left no turn in time");
  next_ = turn + gap;
  if (turn <= now) co_return Status();
  asio::steady_timer timer(executor_, turn);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return fail(ErrorKind::cancelled, "cancelled");
  co_return Status();
}

}  // namespace certherald::net
