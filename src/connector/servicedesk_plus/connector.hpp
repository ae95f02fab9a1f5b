#pragma once

#include <memory>

#include "connector/connector.hpp"

namespace certherald::connector::servicedesk_plus {

// `http` and `secrets` outlive the connector.
[[nodiscard]] std::unique_ptr<Connector> make(const model::Connection& connection, net::HttpClient& http,
                                              const SecretSource& secrets);

}  // namespace certherald::connector::servicedesk_plus
