#include "scan/target_word.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "scan/starttls/protocols.hpp"

namespace certherald::scan {
namespace {

struct Scheme {
  std::string_view name;
  std::string_view starttls;  // "" for TLS from the first byte
  std::uint16_t port;
};

// Beside these, each STARTTLS protocol is a scheme.
constexpr std::array schemes = std::to_array<Scheme>({
    {"https", "", 443},
    {"tls", "", 443},
    {"submission", "smtp", 587},
    {"postgresql", "postgres", 5432},
});

Scheme scheme_of(const starttls::Protocol& protocol) { return {protocol.name, protocol.name, protocol.port}; }

std::optional<Scheme> find_scheme(std::string_view name) {
  const auto* scheme = std::ranges::find(schemes, name, &Scheme::name);
  if (scheme != schemes.end()) return *scheme;
  if (const starttls::Protocol* protocol = starttls::find_protocol(name)) return scheme_of(*protocol);
  return std::nullopt;
}

// A word taken apart, nothing of it checked yet but the port.
struct Parts {
  std::string_view host;
  std::optional<std::string_view> prefix_length;  // of a CIDR block
  std::optional<std::string_view> last;           // of a range: what stands behind the -
  std::vector<PortRange> ports;                   // [] for the scheme's
  std::string_view address;
  Scheme scheme{"", "", 443};
};

std::unexpected<Error> bad(std::string_view word, std::string_view why, std::string hint = {}) {
  return with_hint(fail(ErrorKind::invalid_input, "target '{}': {}", truncate(single_line(word), 120), why),
                   std::move(hint));
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status take_scheme(std::string_view word, std::string_view& rest, Parts& parts) {
  const auto at = rest.find("://");
  if (at == std::string_view::npos) return {};
  const std::string name = lower_ascii(rest.substr(0, at));
  const auto scheme = find_scheme(name);
  if (!scheme) {
    return bad(word, "the protocol before :// is not known",
               "write host:port, or smtp://, imap://, ldap:// ...");
  }
  parts.scheme = *scheme;
  rest.remove_prefix(at + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  return {};
}

Status take_address(std::string_view word, std::string_view& rest, Parts& parts) {
  const auto at = rest.rfind('@');
  if (at == std::string_view::npos) return {};
  parts.address = rest.substr(at + 1);
  rest = rest.substr(0, at);
  if (parts.address.starts_with('[') && parts.address.ends_with(']')) {
    parts.address = parts.address.substr(1, parts.address.size() - 2);
  }
  if (!model::is_ip_address(parts.address)) {
    return bad(word, "what follows the @ is not an IP address", "write host:port@192.0.2.10");
  }
  return {};
}

Result<PortRange> port_range(std::string_view word, std::string_view text) {
  const auto dash = text.find('-');
  const auto first = number_from<std::uint16_t>(text.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : number_from<std::uint16_t>(text.substr(dash + 1));
  if (!first || *first == 0 || !last || *last == 0) {
    return bad(word, "the port is not a number from 1 to 65535", "write host:443 or host:443,8443,9000-9010");
  }
  if (*last < *first) {
    return bad(word, fmt::format("the ports {} run backwards", text),
               fmt::format("write {}-{}", *last, *first));
  }
  return PortRange{*first, *last};
}

Status take_ports(std::string_view word, std::string_view text, Parts& parts) {
  for (const std::string_view one : split(text, ',')) {
    const auto range = port_range(word, one);
    if (!range) return fail(range.error());
    parts.ports.push_back(*range);
  }
  return {};
}

// Takes "10.0.0.1-20" apart. A name may hold a - too, but none begins with an address and a -, and ends in
// digits and dots.
void take_range(std::string_view text, Parts& parts) {
  const auto dash = text.find('-');
  parts.host = text;
  if (dash == std::string_view::npos || !model::is_ip_address(text.substr(0, dash))) return;
  const std::string_view last = text.substr(dash + 1);
  const bool v4 = text.substr(0, dash).find(':') == std::string_view::npos;
  if (v4 && !model::is_ip_address(last) && last.find_first_not_of("0123456789.") != std::string_view::npos) {
    return;
  }
  parts.host = text.substr(0, dash);
  parts.last = last;
}

// "[host]", then nothing, "/24", ":443" or "/24:443".
Status take_bracketed(std::string_view word, std::string_view rest, Parts& parts) {
  const auto close = rest.find(']');
  if (close == std::string_view::npos) return bad(word, "the bracket does not close");
  take_range(rest.substr(1, close - 1), parts);
  if (parts.host.find(':') == std::string_view::npos || !model::is_ip_address(parts.host)) {
    return bad(word, "brackets hold an IPv6 address", "write [2001:db8::1]:443");
  }
  rest.remove_prefix(close + 1);
  if (rest.starts_with('/')) {
    const auto colon = rest.find(':');
    parts.prefix_length = rest.substr(1, colon == std::string_view::npos ? colon : colon - 1);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon);
  }
  if (rest.empty()) return {};
  if (!rest.starts_with(':')) return bad(word, "only :port may follow the bracket");
  return take_ports(word, rest.substr(1), parts);
}

Status take_host(std::string_view word, std::string_view rest, Parts& parts) {
  if (rest.starts_with('[')) return take_bracketed(word, rest, parts);
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    parts.host = rest.substr(0, slash);
    std::string_view length = rest.substr(slash + 1);
    if (!model::is_ip_address(parts.host)) {
      return bad(word, "a slash may only follow an IP address", "leave the path of a URL out");
    }
    const auto colon = length.find(':');
    parts.prefix_length = length.substr(0, colon);
    if (colon == std::string_view::npos) return {};
    return take_ports(word, length.substr(colon + 1), parts);
  }
  if (model::is_ip_address(rest)) {
    parts.host = rest;
    return {};
  }
  if (const auto dash = rest.find('-'); model::is_ip_address(rest.substr(0, dash))) {
    const bool v6 = rest.substr(0, dash).find(':') != std::string_view::npos;
    if (v6) {
      take_range(rest, parts);
      return {};
    }
  }
  const auto colon = rest.find(':');
  take_range(rest.substr(0, colon), parts);
  if (colon == std::string_view::npos) return {};
  if (rest.find(':', colon + 1) != std::string_view::npos) {
    return bad(word, "more than one colon, but no IPv6 address",
               "write an IPv6 address as [2001:db8::1]:443");
  }
  return take_ports(word, rest.substr(colon + 1), parts);
}

Result<Parts> take_apart(std::string_view word, std::string_view default_starttls) {
  Parts parts;
  if (!default_starttls.empty()) {
    const auto protocol = starttls::need_protocol(default_starttls);
    if (!protocol) return fail(protocol.error());
    parts.scheme = scheme_of(**protocol);
  }
  std::string_view rest = word;
  if (Status status = take_scheme(word, rest, parts); !status) return fail(status.error());
  if (Status status = take_address(word, rest, parts); !status) return fail(status.error());
  if (Status status = take_host(word, rest, parts); !status) return fail(status.error());
  return parts;
}

using MaybeRange = std::optional<AddressRange>;

Result<MaybeRange> block_of(std::string_view word, std::string_view prefix_length,
                            const AddressNumber& address) {
  const std::size_t bits = address.family == AddressFamily::v4 ? 32 : 128;
  const auto length = number_from<std::size_t>(prefix_length);
  if (!length || *length > bits) {
    return bad(word, fmt::format("what follows the slash is not a number from 0 to {}", bits));
  }
  if (bits - *length > 16) {
    return with_hint(fail(ErrorKind::too_large, "target '{}': the block holds more than {} addresses",
                          single_line(word), max_block_addresses),
                     fmt::format("give blocks of /{} or smaller", bits - 16));
  }
  return AddressRange{block_start(address, *length), std::uint64_t{1} << (bits - *length)};
}

// "20" behind 10.0.0.1 is 10.0.0.20.
std::optional<AddressNumber> end_of_range(std::string_view last, const AddressNumber& first) {
  if (const auto whole = address_number(last)) return whole;
  if (first.family == AddressFamily::v6) return std::nullopt;
  const auto number = number_from<std::uint8_t>(last);
  if (!number) return std::nullopt;
  AddressNumber out = first;
  out.low = (out.low & ~std::uint64_t{0xff}) | *number;
  return out;
}

Result<MaybeRange> range_of(std::string_view word, std::string_view last_word, const AddressNumber& first) {
  const auto last = end_of_range(last_word, first);
  const bool v4 = first.family == AddressFamily::v4;
  if (!last) {
    return bad(word, "what follows the - is not the last address",
               v4 ? "write 10.0.0.1-10.0.0.20 or 10.0.0.1-20" : "write [2001:db8::1-2001:db8::20]:443");
  }
  if (last->family != first.family) return bad(word, "a range is of IPv4 or of IPv6 addresses, not of both");
  if (*last < first) return bad(word, "the range runs backwards", "write the smaller address first");
  const auto steps = steps_between(first, *last);
  if (!steps || *steps >= max_block_addresses) {
    return with_hint(fail(ErrorKind::too_large, "target '{}': the range holds more than {} addresses",
                          single_line(word), max_block_addresses),
                     "give it in parts");
  }
  return AddressRange{first, *steps + 1};
}

Result<MaybeRange> addresses_of(std::string_view word, const Parts& parts) {
  if (!parts.prefix_length && !parts.last) return MaybeRange();
  if (parts.prefix_length && parts.last) {
    return bad(word, "it is a range and a block at once", "write 10.0.0.0/24 or 10.0.0.1-20");
  }
  if (!parts.address.empty()) return bad(word, "a block of addresses cannot be connected to one address");
  const auto address = address_number(parts.host);
  if (!address) return bad(word, "it does not begin with an IP address");
  return parts.prefix_length ? block_of(word, *parts.prefix_length, *address)
                             : range_of(word, parts.last.value_or(""), *address);
}

}  // namespace

TargetSpec::TargetSpec(model::EndpointKey first, std::optional<AddressRange> range,
                       std::vector<PortRange> ports)
    : first_(std::move(first)), range_(range), ports_(std::move(ports)) {
  for (const PortRange& one : ports_) ports_count_ += std::uint64_t{one.last} - one.first + 1;
}

model::EndpointKey TargetSpec::at(std::uint64_t index) const {
  model::EndpointKey key = first_;
  if (range_) key.host = address_text(advanced(range_->first, index / ports_count_));
  std::uint64_t port = index % ports_count_;
  for (const PortRange& one : ports_) {
    const std::uint64_t count = std::uint64_t{one.last} - one.first + 1;
    if (port < count) {
      key.port = static_cast<std::uint16_t>(one.first + port);
      return key;
    }
    port -= count;
  }
  return key;
}

bool TargetSpec::has_host(std::string_view host) const {
  if (!range_) return host == first_.host;
  const auto number = address_number(host);
  if (!number) return false;
  const auto steps = steps_between(range_->first, *number);
  return steps && *steps < range_->count;
}

bool TargetSpec::has_port(std::uint16_t port) const {
  return std::ranges::any_of(
      ports_, [port](const PortRange& range) { return range.first <= port && port <= range.last; });
}

Result<TargetSpec> parse_target(std::string_view word, const TargetOptions& options) {
  const std::string_view text = trim(word);
  if (text.empty()) return bad(word, "it is empty", "write host, host:port or an address");
  auto parts = take_apart(text, options.starttls);
  if (!parts) return fail(parts.error());
  auto range = addresses_of(text, *parts);
  if (!range) return fail(range.error());
  if (parts->ports.empty() && parts->scheme.name.empty()) parts->ports = options.ports;
  if (parts->ports.empty()) parts->ports.push_back({parts->scheme.port, parts->scheme.port});
  const std::string host = *range ? address_text((*range)->first) : std::string(parts->host);
  auto key = model::make_endpoint_key(host, parts->ports.front().first, options.sni, parts->address,
                                      parts->scheme.starttls);
  if (!key) return bad(text, key.error().message, key.error().hint);
  return TargetSpec(std::move(*key), *range, std::move(parts->ports));
}

Result<std::vector<PortRange>> parse_ports(std::string_view text) {
  std::vector<PortRange> ports;
  for (const std::string_view one : split(text, ',')) {
    const std::string_view word = trim(one);
    const auto dash = word.find('-');
    const auto first = number_from<std::uint16_t>(word.substr(0, dash));
    const auto last =
        dash == std::string_view::npos ? first : number_from<std::uint16_t>(word.substr(dash + 1));
    if (!first || *first == 0 || !last || *last < *first) {
      return with_hint(fail(ErrorKind::invalid_input, "'{}' is no port from 1 to 65535, and no range of them",
                            truncate(single_line(word), 40)),
                       "write 443,8443,9000-9010");
    }
    ports.push_back({*first, *last});
  }
  return ports;
}

}  // namespace certherald::scan
