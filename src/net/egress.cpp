#include "net/egress.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "net/http_target.hpp"

namespace certherald::net {

namespace ip = boost::asio::ip;

namespace {

// IANA's registry of special-purpose IPv4 addresses (RFC 6890), multicast, and a metadata service that lives
// at a public one.
constexpr auto special_v4 = std::to_array<const char*>(
    {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
     "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
     "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"});

// Of 2000::/3, the only part of IPv6 that is global unicast, what is not public: protocol assignments with
// Teredo, documentation, 6to4.
constexpr auto special_v6 =
    std::to_array<const char*>({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
constexpr const char* global_unicast = "2000::/3";

bool holds(const ip::network_v4& network, const ip::address_v4& address) {
  return network.prefix_length() == 0 ||
         ip::network_v4(address, network.prefix_length()).canonical() == network.canonical();
}

bool holds(const ip::network_v6& network, const ip::address_v6& address) {
  return network.prefix_length() == 0 ||
         ip::network_v6(address, network.prefix_length()).canonical() == network.canonical();
}

bool is_public(const ip::address_v4& address) {
  return std::ranges::none_of(special_v4,
                              [&](const char* text) { return holds(ip::make_network_v4(text), address); });
}

bool is_public(const ip::address_v6& address) {
  return address.scope_id() == 0 && holds(ip::make_network_v6(global_unicast), address) &&
         std::ranges::none_of(special_v6,
                              [&](const char* text) { return holds(ip::make_network_v6(text), address); });
}

std::optional<ip::address> parse_address(std::string_view text) {
  boost::system::error_code code;
  ip::address address = ip::make_address(std::string(text), code);
  if (code) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::address(ip::make_address_v4(ip::v4_mapped, address.to_v6()));
  }
  return address;
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::unexpected<HttpFailure> not_sent(Error error) {
  return std::unexpected(HttpFailure{Sent::surely_not, std::move(error)});
}

}  // namespace

Result<EgressGuard> EgressGuard::make(const std::vector<std::string>& allowed) {
  EgressGuard guard;
  for (const std::string& text : allowed) {
    boost::system::error_code code;
    if (const auto network = ip::make_network_v4(text, code); !code) {
      guard.allowed_v4_.push_back(network);
      continue;
    }
    code.clear();
    const auto network = ip::make_network_v6(text, code);
    if (code) {
      return with_hint(fail(ErrorKind::invalid_input, "'{}' is not a network", text),
                       "write it like 10.0.0.0/8");
    }
    guard.allowed_v6_.push_back(network);
  }
  return guard;
}

bool EgressGuard::permits(std::string_view text) const {
  const auto address = parse_address(text);
  if (!address) return false;
  if (address->is_v4()) {
    const ip::address_v4 v4 = address->to_v4();
    return is_public(v4) || std::ranges::any_of(allowed_v4_, [&](const auto& n) { return holds(n, v4); });
  }
  const ip::address_v6 v6 = address->to_v6();
  return is_public(v6) || std::ranges::any_of(allowed_v6_, [&](const auto& n) { return holds(n, v6); });
}

EgressClient::EgressClient(HttpClient& client, Resolver& resolver, EgressGuard guard, std::string proxy)
    : client_(client), resolver_(resolver), guard_(std::move(guard)), proxy_(std::move(proxy)) {}

// Of the URL's own host, whoever connects to it in the end.
Task<Status> EgressClient::examine(HttpRequest& request, Deadline deadline) {
  request.proxy.clear();
  request.addresses.clear();
  const auto target = check_request(request);
  if (!target) co_return fail(target.error());
  std::vector<std::string> addresses = {target->host};
  if (!parse_address(target->host)) {
    auto found = co_await resolver_.resolve(target->host, deadline);
    if (!found) co_return fail(found.error());
    addresses = std::move(*found);
  }
  for (const std::string& address : addresses) {
    if (guard_.permits(address)) continue;
    const std::string at = address == target->host ? "" : " is at " + address + ", which";
    co_return with_hint(fail(ErrorKind::refused, "{}{} is no public address", target->host, at),
                        "allow its network with fetch_allow if it is yours");
  }
  if (proxy_.empty()) request.addresses = std::move(addresses);
  request.proxy = proxy_;
  co_return Status();
}

Task<std::expected<HttpResponse, HttpFailure>> EgressClient::send(HttpRequest request, Deadline deadline) {
  constexpr int most_redirects = 3;
  for (int redirects = 0;; ++redirects) {
    if (Status permitted = co_await examine(request, deadline); !permitted) {
      co_return not_sent(std::move(permitted).error());
    }
    auto response = co_await client_.send(request, deadline);
    if (!response || request.method != "GET" || !is_redirect(response->status)) co_return response;
    if (redirects == most_redirects) {
      co_return not_sent({ErrorKind::protocol, "it redirects more than three times", {}});
    }
    auto next = resolve_reference(request.url, response->header("location"));
    if (!next) co_return not_sent(std::move(next).error());
    request.url = std::move(*next);
  }
}

}  // namespace certherald::net
