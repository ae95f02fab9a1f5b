#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"

namespace certherald::scan {

inline constexpr std::size_t max_block_addresses = 65'536;  // of one CIDR block
inline constexpr std::size_t max_list_size =
    std::size_t{64} * 1024 * 1024;  // bytes of one @file or of standard input

struct TargetOptions {
  std::optional<std::string> sni;       // ask every target for this name; "" for none
  std::string starttls;                 // protocol of the targets that name none; "" for TLS at once
  std::size_t max_targets = 1'000'000;  // of all words and files together
};

// What one word names:
//   host  host:port  1.2.3.4  1.2.3.4:port  2001:db8::1  [2001:db8::1]:port
//   target@address               connect to that address instead of resolving the host
//   smtp://host[:port]           STARTTLS, for each of starttls::protocols(); https:// and tls:// mean TLS
//   from
//                                the first byte
//   10.0.0.0/24  10.0.0.0/24:port  2001:db8::/120  [2001:db8::]/120:port   each address of the block
// The port defaults to that of the scheme, else 443. Errors (`invalid_input`, `too_large`) name the word
// and the mend.
[[nodiscard]] Result<std::vector<model::EndpointKey>> parse_target(std::string_view word,
                                                                   const TargetOptions& options = {});

// All targets of a command line, each once, in order of first mention. "@file" stands for the lines of a
// file, "-" for those of `standard_input`; there, blank lines and what follows a '#' at the start of
// a word are passed over, and errors name file and line.
[[nodiscard]] Result<std::vector<model::EndpointKey>> read_targets(std::span<const std::string> words,
                                                                   const TargetOptions& options,
                                                                   std::istream& standard_input);

}  // namespace certherald::scan
