#include <curl/curl.h>

#include <csignal>
#include <stdexcept>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/fd_watcher.hpp"
#include "net/http.hpp"
#include "net/http_target.hpp"
#include "net/http_transfer.hpp"
#include "net/resolver.hpp"

namespace certherald::net {

namespace asio = boost::asio;
using Reply = std::expected<HttpResponse, HttpFailure>;

namespace {

// Leaves time to say that it was the connection that could not be made.
constexpr Millis longest_connect{20'000};

Reply not_sent(Error error) { return std::unexpected(HttpFailure{Sent::surely_not, std::move(error)}); }

bool is_address(const std::string& host) {
  boost::system::error_code code;
  static_cast<void>(asio::ip::make_address(host, code));
  return !code;
}

void start_library() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) throw std::runtime_error("libcurl cannot start");
  struct sigaction now{};
  if (::sigaction(SIGPIPE, nullptr, &now) == 0 && now.sa_handler == SIG_DFL) {
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  }
}

}  // namespace

// Drives one multi handle. libcurl calls back only from within our calls of it, and coroutines are only woken
// through the executor, never from within a callback.
class CurlHttpClient::Driver final : public std::enable_shared_from_this<CurlHttpClient::Driver> {
 public:
  Driver(Executor executor, Resolver& resolver)
      : executor_(std::move(executor)),
        resolver_(resolver),
        timer_(executor_),
        watcher_(executor_, [this](int fd, Interest ready) { on_ready(fd, ready); }),
        multi_(curl_multi_init(), &curl_multi_cleanup) {
    if (!multi_) throw std::runtime_error("libcurl cannot start");
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &Driver::on_socket);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &Driver::on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 32L);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() { stop(); }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    watcher_.stop();
  }

  static Task<Reply> send(std::shared_ptr<Driver> self, HttpRequest request, Deadline deadline) {
    auto target = check_request(request);
    if (!target) co_return not_sent(std::move(target).error());
    if (co_await is_cancelled()) co_return not_sent({ErrorKind::cancelled, "cancelled", {}});
    if (deadline.expired()) co_return not_sent({ErrorKind::timed_out, "no time left to send", {}});
    std::vector<std::string> addresses;
    if (!request.addresses.empty() && request.proxy.empty()) {
      addresses = request.addresses;
    } else if (!is_address(target->host)) {
      auto found = co_await self->resolver_.resolve(target->host, deadline);
      if (!found) co_return not_sent(std::move(found).error());
      addresses = std::move(*found);
    }
    HttpTransfer transfer(std::move(request), std::move(*target), addresses,
                          std::min(deadline.left(), longest_connect));
    Running running(self, transfer, deadline);
    const auto [error] = co_await running.done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (running.finished) co_return transfer.result(running.code);
    if (error)
      co_return std::unexpected(HttpFailure{transfer.sent(), {ErrorKind::cancelled, "cancelled", {}}});
    const std::string message =
        transfer.sent() == Sent::maybe ? "no answer in time" : "no connection in time";
    co_return std::unexpected(HttpFailure{transfer.sent(), {ErrorKind::timed_out, message, {}}});
  }

 private:
  // A transfer that the multi handle works at, for as long as this lives.
  struct Running {
    Running(std::shared_ptr<Driver> in, HttpTransfer& what, Deadline deadline)
        : driver(std::move(in)), transfer(what), done(driver->executor_, deadline.at()) {
      driver->running_.emplace(transfer.easy(), this);
      if (curl_multi_add_handle(driver->multi_.get(), transfer.easy()) != CURLM_OK) finish(CURLE_FAILED_INIT);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      driver->running_.erase(transfer.easy());
      curl_multi_remove_handle(driver->multi_.get(), transfer.easy());
    }
    void finish(CURLcode with) {
      finished = true;
      code = with;
      done.expires_at(Deadline::clock::time_point::min());
    }

    std::shared_ptr<Driver> driver;
    HttpTransfer& transfer;
    asio::steady_timer done;  // expires at the deadline, or at once when libcurl is done
    bool finished = false;
    CURLcode code = CURLE_OK;
  };

  static int on_socket(CURL* /*easy*/, curl_socket_t fd, int what, void* user, void* /*socket*/) {
    auto& self = *static_cast<Driver*>(user);
    if (self.stopped_) return 0;
    Interest wanted;
    wanted.read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
    wanted.write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    self.watcher_.watch(fd, wanted);
    return 0;
  }

  static int on_timer(CURLM* /*multi*/, long milliseconds, void* user) {
    auto& self = *static_cast<Driver*>(user);
    if (self.stopped_) return 0;
    if (milliseconds < 0) {
      self.timer_.cancel();
      return 0;
    }
    self.timer_.expires_after(Millis(milliseconds));
    self.timer_.async_wait([weak = self.weak_from_this()](const boost::system::error_code& error) {
      const auto driver = weak.lock();
      if (driver && !error) driver->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void on_ready(int fd, Interest ready) {
    act(fd, (ready.read ? CURL_CSELECT_IN : 0) | (ready.write ? CURL_CSELECT_OUT : 0));
  }

  void act(curl_socket_t fd, int bits) {
    const auto self = shared_from_this();
    if (stopped_) return;
    int count = 0;
    curl_multi_socket_action(multi_.get(), fd, bits, &count);
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &count)) {
      if (message->msg != CURLMSG_DONE) continue;
      const auto at = running_.find(message->easy_handle);
      if (at != running_.end()) at->second->finish(message->data.result);
    }
  }

  Executor executor_;
  Resolver& resolver_;
  asio::steady_timer timer_;
  FdWatcher watcher_;
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_;
  std::map<CURL*, Running*> running_;
  bool stopped_ = false;
};

CurlHttpClient::CurlHttpClient(Executor executor) : own_resolver_(std::make_unique<CaresResolver>()) {
  start_library();
  driver_ = std::make_shared<Driver>(std::move(executor), *own_resolver_);
}

CurlHttpClient::CurlHttpClient(Executor executor, Resolver& resolver) {
  start_library();
  driver_ = std::make_shared<Driver>(std::move(executor), resolver);
}

CurlHttpClient::~CurlHttpClient() { driver_->stop(); }

Task<Reply> CurlHttpClient::send(HttpRequest request, Deadline deadline) {
  return Driver::send(driver_, std::move(request), deadline);
}

}  // namespace certherald::net
