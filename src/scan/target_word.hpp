#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "scan/address_range.hpp"

namespace certherald::scan {

inline constexpr std::uint64_t max_block_addresses = 65'536;  // of one CIDR block or range

struct PortRange {
  std::uint16_t first = 443;
  std::uint16_t last = 443;  // not smaller

  friend bool operator==(const PortRange&, const PortRange&) = default;
};

struct TargetOptions {
  std::optional<std::string> sni;         // ask every target for this name; "" for none, nothing for the host
  std::string starttls;                   // protocol of the targets that name none; "" for TLS at once
  std::uint64_t max_targets = 1'000'000;  // of all words and files together
  std::vector<PortRange> ports;           // of targets that name neither port nor protocol; [] for 443
};

// What one word names: addresses times ports, not written out, so that a block costs as little as a host.
class TargetSpec {
 public:
  // `first` is what the word names at its first address and port. `ports` is never empty.
  TargetSpec(model::EndpointKey first, std::optional<AddressRange> range, std::vector<PortRange> ports);

  // How many endpoints; a port that was written twice counts twice.
  [[nodiscard]] std::uint64_t size() const { return addresses() * ports_count_; }
  // All ports of an address come before the next address. `index` is smaller than size().
  [[nodiscard]] model::EndpointKey at(std::uint64_t index) const;

  // `host`: canonical, as in an EndpointKey.
  [[nodiscard]] bool has_host(std::string_view host) const;
  [[nodiscard]] bool has_port(std::uint16_t port) const;

  friend bool operator==(const TargetSpec&, const TargetSpec&) = default;

 private:
  [[nodiscard]] std::uint64_t addresses() const { return range_ ? range_->count : 1; }

  model::EndpointKey first_;
  std::optional<AddressRange> range_;  // nothing: the host of first_ alone
  std::vector<PortRange> ports_;
  std::uint64_t ports_count_ = 0;
};

// The grammar of a target:
//   host  1.2.3.4  2001:db8::1  [2001:db8::1]
//   10.0.0.0/24  2001:db8::/120  [2001:db8::]/120        each address of the block
//   10.0.0.1-10.0.0.20  10.0.0.1-20  2001:db8::1-2001:db8::20  [2001:db8::1-2001:db8::20]
// each but a bare IPv6 range with :ports behind, which are a list of ports and ranges: 443,8443,9000-9010;
//   target@address               connect to that address instead of resolving the host
//   smtp://target                STARTTLS, for each of starttls::protocols(); https:// and tls:// mean TLS
//   from
//                                the first byte
// The port defaults to that of the scheme, else 443. Errors (`invalid_input`, `too_large`) name the word and
// the mend.
[[nodiscard]] Result<TargetSpec> parse_target(std::string_view word, const TargetOptions& options = {});

// "443,8443,9000-9010": ports and ranges of them.
[[nodiscard]] Result<std::vector<PortRange>> parse_ports(std::string_view text);

}  // namespace certherald::scan
