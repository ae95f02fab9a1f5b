#include "net/resolver.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/select.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>

#include "base/text.hpp"
#include "net/blocking.hpp"

namespace certherald::net {
namespace {

using Addresses = std::vector<std::string>;

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, text.data(), text.size());
  } else if (address->sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, text.data(), text.size());
  }
  return text.data();
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> binary{};
  return inet_pton(AF_INET, host.c_str(), binary.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), binary.data()) == 1;
}

Result<Addresses> failure(const std::string& host, int status) {
  const std::string name = single_line(host);
  switch (status) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
      return fail(ErrorKind::not_found, "the name {} has no address", name);
    case ARES_ETIMEOUT:
      return fail(ErrorKind::timed_out, "no name server answered for {} in time", name);
    case ARES_ECONNREFUSED:
      return fail(ErrorKind::unreachable, "no name server can be reached to look up {}", name);
    default:
      return fail(ErrorKind::unreachable, "looking up {} failed: {}", name, ares_strerror(status));
  }
}

struct Answer {
  int status = ARES_ETIMEOUT;
  Addresses addresses;
  bool done = false;
};

void collect(void* argument, int status, int /*timeouts*/, ares_addrinfo* info) {
  auto& answer = *static_cast<Answer*>(argument);
  answer.done = true;
  answer.status = status;
  if (info == nullptr) return;
  for (const ares_addrinfo_node* node = info->nodes; node != nullptr; node = node->ai_next) {
    std::string address = text_of(node->ai_addr);
    if (!address.empty() && std::ranges::find(answer.addresses, address) == answer.addresses.end()) {
      answer.addresses.push_back(std::move(address));
    }
  }
  ares_freeaddrinfo(info);
}

// Drives one query until it is answered or the deadline passed.
void drive(ares_channel channel, const Answer& answer, Deadline deadline) {
  while (!answer.done && !deadline.expired()) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const int mask = ares_getsock(channel, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::array<pollfd, ARES_GETSOCK_MAXNUM> polled{};
    nfds_t count = 0;
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; ++i) {
      const short events = static_cast<short>((ARES_GETSOCK_READABLE(mask, i) ? POLLIN : 0) |
                                              (ARES_GETSOCK_WRITABLE(mask, i) ? POLLOUT : 0));
      if (events != 0) polled[count++] = {sockets[static_cast<std::size_t>(i)], events, 0};
    }
    const auto wait = std::min<std::int64_t>(deadline.left().count() + 1, 100);
    ::poll(polled.data(), count, static_cast<int>(wait));
    for (nfds_t i = 0; i < count; ++i) {
      const auto ready = static_cast<unsigned>(polled[i].revents);
      const bool readable = (ready & (POLLIN | POLLERR | POLLHUP)) != 0;
      const bool writable = (ready & POLLOUT) != 0;
      ares_process_fd(channel, readable ? polled[i].fd : ARES_SOCKET_BAD,
                      writable ? polled[i].fd : ARES_SOCKET_BAD);
    }
    if (count == 0 || std::ranges::none_of(polled, [](const pollfd& p) { return p.revents != 0; })) {
      ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
  }
}

Result<Addresses> query(const std::string& host, Deadline deadline) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS) return failure(host, library);
  ares_channel channel = nullptr;
  ares_options options{};
  options.timeout = 2'000;
  options.tries = 3;
  const int made = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (made != ARES_SUCCESS) return failure(host, made);
  Answer answer;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel, host.c_str(), nullptr, &hints, collect, &answer);
  drive(channel, answer, deadline);
  // Ends a query that is still under way; its callback runs in here, while `answer` lives.
  const bool late = !answer.done;
  ares_destroy(channel);
  if (late) return failure(host, ARES_ETIMEOUT);
  if (answer.status != ARES_SUCCESS) return failure(host, answer.status);
  if (answer.addresses.empty()) return failure(host, ARES_ENODATA);
  return answer.addresses;
}

}  // namespace

CaresResolver::CaresResolver(std::size_t threads) : pool_(threads) {}
CaresResolver::~CaresResolver() { pool_.join(); }

Task<Result<Addresses>> CaresResolver::resolve(std::string host, Deadline deadline) {
  if (is_address(host)) co_return Addresses{host};
  const auto work = [&] { return query(host, deadline); };
  co_return co_await on_pool(pool_, work);
}

Task<Result<Addresses>> StaticResolver::resolve(std::string host, Deadline /*deadline*/) {
  if (is_address(host)) co_return Addresses{host};
  const auto at = addresses.find(host);
  if (at == addresses.end()) co_return failure(host, ARES_ENOTFOUND);
  co_return at->second;
}

}  // namespace certherald::net
