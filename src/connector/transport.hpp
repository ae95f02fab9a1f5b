#pragma once

#include <expected>
#include <optional>

#include "connector/classify.hpp"
#include "connector/credentials.hpp"
#include "connector/secret.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/http.hpp"
#include "net/limiter.hpp"

namespace certherald::connector {

// Sends requests of one connection with its roots, client certificate, proxy and time for one request, no
// faster than its rate. The proxy's password is resolved anew for each. Everything it refers to outlives it;
// it is used on one executor.
class Transport final {
 public:
  Transport(const model::Connection& connection, net::HttpClient& http, const SecretSource& secrets)
      : connection_(connection), http_(http), secrets_(secrets) {}

  // A request whose turn does not come before the deadline is surely not sent.
  [[nodiscard]] net::Task<HttpReply> send(net::HttpRequest request, const Credentials& credentials,
                                          net::Deadline deadline);

 private:
  net::Task<Status> take_turn(net::Deadline deadline);

  const model::Connection& connection_;
  net::HttpClient& http_;
  const SecretSource& secrets_;
  std::optional<net::RateLimiter> rate_;  // made with the first request, where there is a limit
};

// Resolved anew for each call. A secret that cannot be had stops the connection as wrong credentials do;
// where only the store failed, nothing was sent.
[[nodiscard]] net::Task<std::expected<std::string, model::Outcome>> resolve(
    const SecretSource& secrets, std::optional<model::SecretRef> where, std::string_view key);

}  // namespace certherald::connector
