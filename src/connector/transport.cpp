#include "connector/transport.hpp"

namespace certherald::connector {

net::Task<Status> Transport::take_turn(net::Deadline deadline) {
  if (connection_.rate <= 0) co_return Status();
  if (!rate_) rate_.emplace(co_await boost::asio::this_coro::executor, connection_.rate / 60.0);
  co_return co_await rate_->take(deadline);
}

net::Task<HttpReply> Transport::send(net::HttpRequest request, const Credentials& credentials,
                                     net::Deadline deadline) {
  request.headers.push_back(credentials.header);
  request.ca_file = connection_.ca_file;
  request.client_cert = connection_.client_cert;
  request.client_key = connection_.client_key;
  request.proxy = connection_.proxy;
  request.proxy_username = connection_.proxy_username;
  if (connection_.proxy_password) {
    auto password = co_await secrets_.resolve(*connection_.proxy_password);
    if (!password) {
      Error error = std::move(password.error());
      error.message = fmt::format("proxy_password: {}", error.message);
      // As with the system's own credentials: only what the store could not give may be there at the next
      // try.
      if (error.kind != ErrorKind::storage) error.kind = ErrorKind::refused;
      co_return std::unexpected(net::HttpFailure{net::Sent::surely_not, std::move(error)});
    }
    request.proxy_password = std::move(*password);
  }
  if (Status turn = co_await take_turn(deadline); !turn) {
    Error error = std::move(turn.error());
    error.message = fmt::format("the rate of the connection left no turn: {}", error.message);
    co_return std::unexpected(net::HttpFailure{net::Sent::surely_not, std::move(error)});
  }
  co_return co_await http_.send(std::move(request), deadline.within(connection_.timeout.elapsed()));
}

net::Task<std::expected<std::string, model::Outcome>> resolve(const SecretSource& secrets,
                                                              std::optional<model::SecretRef> where,
                                                              std::string_view key) {
  if (!where) {
    co_return std::unexpected(outcome(
        model::OutcomeKind::auth_failed, fmt::format("the connection has no {}", key),
        fmt::format("set {} = {{ env = NAME }}, {{ file = PATH }} or {{ stored = NAME }} in [[connection]]",
                    key)));
  }
  auto secret = co_await secrets.resolve(std::move(*where));
  if (secret) co_return std::move(*secret);
  const bool passes = secret.error().kind == ErrorKind::storage;
  const auto kind = passes ? model::OutcomeKind::not_sent : model::OutcomeKind::auth_failed;
  co_return std::unexpected(outcome(kind, secret.error().message, secret.error().hint));
}

}  // namespace certherald::connector
