#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "scan/target_word.hpp"

namespace certherald::app {

// What a discovery leaves alone. Each word is a name, an address, a network of any size or a range, perhaps
// with ports behind (`10.0.0.0/8`, `10.0.0.1-20:443`, `[2001:db8::]/32`, `shop.example.com:8443`); without,
// all ports are meant. A name excludes targets written so, not its addresses.
class Exclusions {
 public:
  // `invalid_input` names the word and the mend.
  [[nodiscard]] static Result<Exclusions> parse(std::span<const std::string> words);

  // Which word excludes this name or address (canonical) at this port: the first that does. An IPv4 address
  // within IPv6 (::ffff:10.0.0.5) is what it leads to.
  [[nodiscard]] std::optional<std::size_t> match(std::string_view host, std::uint16_t port) const;

  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  struct Rule {
    scan::TargetSpec spec;                     // of a network: its address as it was written
    std::optional<scan::AddressNumber> start;  // of a network
    std::size_t length = 0;                    // of its prefix
  };

  [[nodiscard]] static Result<Rule> parse_word(std::string_view word);
  [[nodiscard]] static bool covers(const Rule& rule, std::string_view host);

  std::vector<std::string> words_;
  std::vector<Rule> rules_;
};

}  // namespace certherald::app
