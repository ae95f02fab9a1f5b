#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/ids.hpp"

namespace certherald::model {

// What is monitored. The five fields are its identity; they never hold a database id.
struct EndpointKey {
  std::string host;  // name as A-label, lower case, no final dot; or an address in canonical text
  std::uint16_t port = 443;
  std::string sni;       // server name to ask for; "" for none. Never an address (RFC 6066 section 3)
  std::string address;   // connect here instead of resolving host; "" to resolve
  std::string starttls;  // "smtp", "imap", ...; "" for TLS from the first byte

  friend auto operator<=>(const EndpointKey&, const EndpointKey&) = default;
};

struct Endpoint {
  EndpointId id;
  EndpointKey key;
  std::string owner;              // "" for nobody
  std::vector<std::string> tags;  // sorted, unique

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "endpoint:<starttls or ->:<host>:<port>:<sni or ->:<address or ->": the subject of a ticket key.
[[nodiscard]] std::string subject_text(const EndpointKey& key);

// "shop.example.com:443", "[::1]:443": how people name it.
[[nodiscard]] std::string display_name(const EndpointKey& key);

// The name people know the service by: SNI, else host.
[[nodiscard]] std::string domain_name(const EndpointKey& key);

// Lower case, final dot removed, addresses in canonical text, length and characters checked (RFC 1123,
// RFC 5890; names beyond ASCII must arrive as A-labels: a U-label is refused with the mend). Underscores are
// let through: they occur in real names.
[[nodiscard]] Result<std::string> normalize_host(std::string_view text);

[[nodiscard]] bool is_ip_address(
    std::string_view text);  // IPv4 dotted quad or IPv6 (RFC 4291), no zone, no brackets

// A key from what a person wrote; `sni` defaults to host where host is a name.
[[nodiscard]] Result<EndpointKey> make_endpoint_key(std::string_view host, std::uint16_t port,
                                                    const std::optional<std::string>& sni = {},
                                                    std::string_view address = {},
                                                    std::string_view starttls = {});

}  // namespace certherald::model
