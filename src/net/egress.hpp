#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/result.hpp"
#include "net/http.hpp"
#include "net/resolver.hpp"

namespace certherald::net {

// Which addresses a URL that a stranger wrote may lead to: those of the public internet, and of the networks
// that were allowed. Loopback, private, shared, link-local, multicast, reserved and documentation networks,
// the metadata services of clouds, and IPv6 forms that carry such an IPv4 address are not public.
class EgressGuard {
 public:
  EgressGuard() = default;  // allows nothing but the public internet

  // `allowed`: CIDR, "10.0.0.0/8" or "fd00::/8". invalid_input where one is none.
  [[nodiscard]] static Result<EgressGuard> make(const std::vector<std::string>& allowed);

  [[nodiscard]] bool permits(std::string_view address) const;  // false for what is no address

 private:
  std::vector<boost::asio::ip::network_v4> allowed_v4_;
  std::vector<boost::asio::ip::network_v6> allowed_v6_;
};

// HTTP for URLs that a stranger wrote. Each name is resolved here, every one of its addresses must be
// permitted, and the connection goes to those and no others, whatever the name resolves to a moment later.
// A proxy is told a name only after the same examination. Redirects of a GET are followed, at most three,
// each examined anew. One executor; what it is made of outlives it.
class EgressClient final {
 public:
  // `proxy`: as HttpRequest's; itself not examined.
  EgressClient(HttpClient& client, Resolver& resolver, EgressGuard guard, std::string proxy);

  // As HttpClient::send; beyond that `refused` where an address is not permitted, with what to set in the
  // hint, and `protocol` for more redirects than three or one without a target. The request's own proxy and
  // addresses are replaced.
  Task<std::expected<HttpResponse, HttpFailure>> send(HttpRequest request, Deadline deadline);

 private:
  Task<Status> examine(HttpRequest& request, Deadline deadline);

  HttpClient& client_;
  Resolver& resolver_;
  EgressGuard guard_;
  std::string proxy_;
};

}  // namespace certherald::net
