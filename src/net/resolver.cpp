#include "net/resolver.hpp"

#include <ares.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.hpp"
#include "net/fd_watcher.hpp"

namespace certherald::net {
namespace {

namespace asio = boost::asio;
using Addresses = std::vector<std::string>;
using asio::ip::address;

Error failure(const std::string& host, int status) {
  const std::string name = single_line(host);
  const auto error = [&](ErrorKind kind, std::string message) {
    return Error{kind, fmt::format("{}: {}", name, message), {}};
  };
  switch (status) {
    case ARES_ENOTFOUND:
      return error(ErrorKind::not_found, "no such name");
    case ARES_ENODATA:
      return error(ErrorKind::not_found, "the name has no address");
    case ARES_EBADNAME:
      return error(ErrorKind::invalid_input, "not a host name");
    case ARES_ETIMEOUT:
      return error(ErrorKind::timed_out, "no name server answered in time");
    case ARES_ECONNREFUSED:
      return error(ErrorKind::unreachable, "no name server can be reached");
    default:
      return error(ErrorKind::unreachable, fmt::format("name look-up failed: {}", ares_strerror(status)));
  }
}

bool is_name(std::string_view host) {
  constexpr std::size_t longest = 253;  // RFC 1035 section 2.3.4, without length bytes
  if (host.ends_with('.')) host.remove_suffix(1);
  return !host.empty() && host.size() <= longest &&
         std::ranges::all_of(host, [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<Addresses> literal(const std::string& host) {
  boost::system::error_code code;
  const address parsed = asio::ip::make_address(host, code);
  if (code || host.find('\0') != std::string::npos) return std::nullopt;
  return Addresses{parsed.to_string()};
}

std::optional<address> to_address(const sockaddr* from) {
  if (from->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(from);
    return asio::ip::address_v4(ntohl(v4->sin_addr.s_addr));
  }
  if (from->sa_family == AF_INET6) {
    asio::ip::address_v6::bytes_type bytes;
    std::ranges::copy(reinterpret_cast<const sockaddr_in6*>(from)->sin6_addr.s6_addr, bytes.begin());
    return asio::ip::address_v6(bytes);
  }
  return std::nullopt;
}

// One look-up: a c-ares channel driven by Asio. c-ares calls back only from within our calls of it; `self`
// of those callbacks is this object, which closes the channel before it goes.
class Query final : public std::enable_shared_from_this<Query> {
 public:
  Query(const Executor& executor, Deadline deadline)
      : done(executor, deadline.at()),
        tick_(executor),
        watcher_(executor, [this](int fd, Interest ready) { process(fd, ready); }) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query() { close(); }

  void start(const std::string& host, const CaresResolver::Options& settings) {
    static const int library = ares_library_init(ARES_LIB_INIT_ALL);
    status = library == ARES_SUCCESS ? open(settings) : library;
    if (status != ARES_SUCCESS) {
      finished = true;
      return;
    }
    ares_addrinfo_hints hints{};
    hints.ai_flags = ARES_AI_NOSORT;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Query::on_answer, this);
    schedule();
  }

  // Ends what is under way. The watcher goes first: c-ares closes its sockets in here.
  void close() {
    tick_.cancel();
    watcher_.stop();
    if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
  }

  asio::steady_timer done;  // expires at the deadline, cancelled when the answer is there
  bool finished = false;
  int status = ARES_SUCCESS;
  std::set<address> addresses;

 private:
  int open(const CaresResolver::Options& settings) {
    ares_options options{};
    options.timeout = static_cast<int>(settings.first_try.count());
    options.tries = settings.tries;
    options.sock_state_cb = &Query::on_socket;
    options.sock_state_cb_data = this;
    std::string lookups = "fb";  // /etc/hosts, then DNS
    options.lookups = lookups.data();
    const int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS;
    const int made = ares_init_options(&channel_, &options, mask);
    if (made != ARES_SUCCESS || settings.servers.empty()) return made;
    return ares_set_servers_ports_csv(channel_, settings.servers.c_str());
  }

  static void on_socket(void* self, ares_socket_t fd, int read, int write) {
    static_cast<Query*>(self)->watcher_.watch(fd, {.read = read != 0, .write = write != 0});
  }

  static void on_answer(void* self, int code, int /*timeouts*/, ares_addrinfo* info) {
    auto& query = *static_cast<Query*>(self);
    query.finished = true;
    query.status = code;
    for (auto* node = info == nullptr ? nullptr : info->nodes; node != nullptr; node = node->ai_next) {
      if (const auto one = to_address(node->ai_addr)) query.addresses.insert(*one);
    }
    if (info != nullptr) ares_freeaddrinfo(info);
    query.done.cancel();
  }

  void process(int fd, Interest ready) {
    const auto self = shared_from_this();
    if (channel_ == nullptr) return;
    ares_process_fd(channel_, ready.read ? fd : ARES_SOCKET_BAD, ready.write ? fd : ARES_SOCKET_BAD);
    schedule();
  }

  // c-ares repeats a question by itself when it is called after its timeout.
  void schedule() {
    timeval span{};
    if (finished || ares_timeout(channel_, nullptr, &span) == nullptr) return;
    tick_.expires_after(std::chrono::seconds(span.tv_sec) + std::chrono::microseconds(span.tv_usec) +
                        std::chrono::milliseconds(1));
    tick_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (self && !error) self->process(ARES_SOCKET_BAD, {});
    });
  }

  ares_channel channel_ = nullptr;
  asio::steady_timer tick_;
  FdWatcher watcher_;
};

// Closes a query however its coroutine ends, so that none goes on by itself.
struct Closing {
  std::shared_ptr<Query> query;
  explicit Closing(std::shared_ptr<Query> of) : query(std::move(of)) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() { query->close(); }
};

}  // namespace

CaresResolver::CaresResolver() : CaresResolver(Options{}) {}
CaresResolver::CaresResolver(Options options) : options_(std::move(options)) {}

Task<Result<Addresses>> CaresResolver::resolve(std::string host, Deadline deadline) {
  if (auto own = literal(host)) co_return std::move(*own);
  if (!is_name(host)) co_return fail(failure(host, ARES_EBADNAME));
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  const auto query = std::make_shared<Query>(co_await asio::this_coro::executor, deadline);
  const Closing closing(query);
  query->start(host, options_);
  if (!query->finished) {
    const auto [error] = co_await query->done.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!query->finished && error) co_return fail(ErrorKind::cancelled, "cancelled");
    if (!query->finished) co_return fail(failure(host, ARES_ETIMEOUT));
  }
  if (query->status != ARES_SUCCESS) co_return fail(failure(host, query->status));
  if (query->addresses.empty()) co_return fail(failure(host, ARES_ENODATA));
  Addresses found;
  for (const address& one : query->addresses) found.push_back(one.to_string());
  co_return found;
}

Task<Result<Addresses>> StaticResolver::resolve(std::string host, Deadline deadline) {
  if (auto own = literal(host)) co_return std::move(*own);
  if (co_await is_cancelled()) co_return fail(ErrorKind::cancelled, "cancelled");
  if (deadline.expired()) co_return fail(failure(host, ARES_ETIMEOUT));
  if (const auto at = failures.find(host); at != failures.end()) co_return fail(at->second);
  const auto at = addresses.find(host);
  if (at == addresses.end()) co_return fail(failure(host, ARES_ENOTFOUND));
  co_return at->second;
}

}  // namespace certherald::net
