#include "model/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace certherald::model {
namespace {

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// Canonical text of an address (RFC 5952), or nothing.
std::optional<std::string> canonical_address(std::string_view text) {
  const std::string copy(text);
  std::array<unsigned char, 16> binary{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, copy.c_str(), binary.data()) != 1) continue;
    return std::string(inet_ntop(family, binary.data(), out.data(), out.size()));
  }
  return std::nullopt;
}

Result<std::string> bad_host(std::string_view text, std::string_view why, std::string hint) {
  return with_hint(
      fail(ErrorKind::invalid_input, "'{}' is not a host name or address: {}", single_line(text), why),
      std::move(hint));
}

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

bool is_ip_address(std::string_view text) { return canonical_address(text).has_value(); }

std::string subject_text(const EndpointKey& key) {
  return fmt::format("endpoint:{}:{}:{}:{}:{}", or_dash(key.starttls), key.host, key.port, or_dash(key.sni),
                     or_dash(key.address));
}

std::string display_name(const EndpointKey& key) {
  if (key.host.find(':') != std::string::npos) return fmt::format("[{}]:{}", key.host, key.port);
  return fmt::format("{}:{}", key.host, key.port);
}

std::string domain_name(const EndpointKey& key) { return key.sni.empty() ? key.host : key.sni; }

Result<std::string> normalize_host(std::string_view text) {
  if (const auto address = canonical_address(text)) return *address;
  std::string host = lower_ascii(text);
  if (host.ends_with('.')) host.pop_back();
  if (host.empty()) return bad_host(text, "it is empty", "give a name such as shop.example.com");
  if (host.size() > 253) return bad_host(text, "it is longer than 253 characters", "");
  for (const std::string_view label : split(host, '.')) {
    if (label.empty()) return bad_host(text, "a label is empty", "remove the extra dot");
    if (label.size() > 63) return bad_host(text, "a label is longer than 63 characters", "");
    if (!std::ranges::all_of(label, is_label_char)) {
      return bad_host(text, "a character is not allowed", "write names beyond ASCII in their xn-- form");
    }
  }
  const bool numeric = std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  if (numeric)
    return bad_host(text, "it looks like an address but is none", "write four numbers from 0 to 255");
  return host;
}

Result<EndpointKey> make_endpoint_key(std::string_view host, std::uint16_t port,
                                      const std::optional<std::string>& sni, std::string_view address,
                                      std::string_view starttls) {
  EndpointKey key;
  auto name = normalize_host(host);
  if (!name) return fail(name.error());
  key.host = *name;
  if (port == 0) return fail(ErrorKind::invalid_input, "port 0 of {} cannot be connected to", key.host);
  key.port = port;
  key.starttls = lower_ascii(starttls);
  if (!address.empty()) {
    const auto canonical = canonical_address(address);
    if (!canonical) return fail(ErrorKind::invalid_input, "'{}' is not an IP address", single_line(address));
    key.address = *canonical;
  }
  if (!sni) {
    key.sni = is_ip_address(key.host) ? "" : key.host;
    return key;
  }
  if (sni->empty()) return key;
  auto server_name = normalize_host(*sni);
  if (!server_name) return fail(server_name.error());
  if (is_ip_address(*server_name)) {
    return fail(ErrorKind::invalid_input, "'{}' cannot be an SNI name: it is an address", *server_name);
  }
  key.sni = *server_name;
  return key;
}

}  // namespace certherald::model
