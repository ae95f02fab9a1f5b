#pragma once

#include <vector>

#include "connector/connector.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/http.hpp"

namespace certherald::connector {

// Roots, client certificate and proxy of the connection.
void use_connection(net::HttpRequest& request, const model::Connection& connection);

// A secret that cannot be had stops the connection like wrong credentials do.
[[nodiscard]] model::Outcome missing_secret(const Error& error);

// The common part of Connector::test: a look-up that must find nothing proves address, TLS, credentials and
// that the key can be searched; where asked, a test ticket is made and found again.
net::Task<std::vector<TestLine>> run_test(Connector& connector, const model::Connection& connection,
                                          TestTicket ticket, net::Deadline deadline);

}  // namespace certherald::connector
