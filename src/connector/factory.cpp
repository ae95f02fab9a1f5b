#include "connector/connector.hpp"
#include "connector/servicedesk_plus/connector.hpp"
#include "connector/servicenow/connector.hpp"

namespace certherald::connector {

std::unique_ptr<Connector> make_connector(const model::Connection& connection, net::HttpClient& http,
                                          const SecretSource& secrets) {
  switch (connection.type) {
    case model::ConnectionType::servicedesk_plus:
      return servicedesk_plus::make(connection, http, secrets);
    case model::ConnectionType::servicenow:
      return servicenow::make(connection, http, secrets);
  }
  return nullptr;
}

}  // namespace certherald::connector
