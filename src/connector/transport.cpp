#include "connector/transport.hpp"

namespace certherald::connector {

net::Task<HttpReply> Transport::send(net::HttpRequest request, const Credentials& credentials,
                                     net::Deadline deadline) const {
  request.headers.push_back(credentials.header);
  request.ca_file = connection_.ca_file;
  request.client_cert = connection_.client_cert;
  request.client_key = connection_.client_key;
  request.proxy = connection_.proxy;
  co_return co_await http_.send(std::move(request), deadline.within(connection_.timeout.elapsed()));
}

std::expected<std::string, model::Outcome> resolve(const SecretSource& secrets,
                                                   const std::optional<model::SecretRef>& where,
                                                   std::string_view key) {
  if (!where)
    return std::unexpected(
        outcome(model::OutcomeKind::auth_failed, fmt::format("the connection has no {}", key),
                fmt::format("set {} = {{ env = NAME }} or {{ file = PATH }} in [[connection]]", key)));
  auto secret = secrets.resolve(*where);
  if (!secret)
    return std::unexpected(
        outcome(model::OutcomeKind::auth_failed, secret.error().message, secret.error().hint));
  return std::move(*secret);
}

}  // namespace certherald::connector
