#include "connector/connector.hpp"
#include "connector/servicedesk_plus/connector.hpp"
#include "connector/servicenow/connector.hpp"
#include "connector/servicenow/requests.hpp"

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

std::size_t longest_body(const model::Connection& connection) {
  switch (connection.type) {
    case model::ConnectionType::servicedesk_plus:
      return 0;
    case model::ConnectionType::servicenow:
      return servicenow::longest_body;
  }
  return 0;
}

}  // namespace certherald::connector
