#include "net/limiter.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace certherald::net {

namespace asio = boost::asio;

namespace detail {

// One who waits stands in the row for as long as it lives; its timer expires at its deadline and is
// cancelled when it gets a place.
struct Waiter {
  Waiter(std::shared_ptr<Places> places, Deadline deadline);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter();

  std::shared_ptr<Places> row;
  asio::steady_timer wake;
  Permit permit;  // holds a place once it was granted
  bool granted = false;
};

struct Places {
  Executor executor;
  std::size_t free = 0;
  std::list<Waiter*> waiting;
};

Waiter::Waiter(std::shared_ptr<Places> places, Deadline deadline)
    : row(std::move(places)), wake(row->executor, deadline.at()) {
  row->waiting.push_back(this);
}

Waiter::~Waiter() { row->waiting.remove(this); }

}  // namespace detail

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this != &other) {
    release();
    places_ = std::move(other.places_);
  }
  return *this;
}

void Permit::release() {
  const auto places = std::exchange(places_, nullptr);
  if (!places) return;
  if (places->waiting.empty()) {
    ++places->free;
    return;
  }
  // The place goes straight to the first in the row, so that nobody can overtake it.
  detail::Waiter* first = places->waiting.front();
  places->waiting.pop_front();
  first->permit = Permit(places);
  first->granted = true;
  first->wake.cancel();
}

Limiter::Limiter(Executor executor, std::size_t places)
    : places_(std::make_shared<detail::Places>(
          detail::Places{std::move(executor), std::max<std::size_t>(places, 1), {}})) {}

std::size_t Limiter::free_places() const { return places_->free; }
std::size_t Limiter::waiting() const { return places_->waiting.size(); }

Task<Result<Permit>> Limiter::acquire(Deadline deadline) {
  const auto places = places_;
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (places->free > 0 && places->waiting.empty()) {
    --places->free;
    co_return Permit(places);
  }
  detail::Waiter waiter(places, deadline);
  const auto [error] = co_await waiter.wake.async_wait(asio::as_tuple(asio::use_awaitable));
  // A place may come while the news of a cancellation is on its way: the waiter gives it on.
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (waiter.granted) co_return std::move(waiter.permit);
  if (error) co_return fail(ErrorKind::cancelled, "cancelled");
  co_return fail(ErrorKind::timed_out, "no free place in time");
}

RateLimiter::RateLimiter(Executor executor, double rate) : turn_(std::move(executor), 1) {
  if (!(rate > 0)) return;
  using Span = Deadline::clock::duration;
  // One token in a day is as slow as it gets: a tiny rate must not overflow the clock.
  const double seconds = std::min(1 / rate, 86'400.0);
  gap_ = std::chrono::duration_cast<Span>(std::chrono::duration<double>(seconds));
  burst_ = std::max<Span>(std::chrono::seconds(1) - gap_, Span::zero());
}

Task<Status> RateLimiter::take(Deadline deadline) {
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (gap_ == Deadline::clock::duration::zero()) co_return Status();
  auto turn = co_await turn_.acquire(deadline);
  if (!turn) co_return fail(std::move(turn).error());
  const auto now = Deadline::clock::now();
  next_ = std::max(next_, now - burst_);
  if (next_ > deadline.at()) co_return fail(ErrorKind::timed_out, "the rate limit leaves no turn in time");
  if (next_ > now) {
    asio::steady_timer timer(co_await asio::this_coro::executor, next_);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (error) co_return fail(ErrorKind::cancelled, "cancelled");
  }
  next_ += gap_;
  co_return Status();
}

}  // namespace certherald::net
