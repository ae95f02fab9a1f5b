#include "app/exclusions.hpp"

#include <charconv>

#include "base/text.hpp"

namespace certherald::app {
namespace {

std::unexpected<Error> bad(std::string_view word, std::string_view why) {
  return with_hint(fail(ErrorKind::invalid_input, "'{}' {}", truncate(single_line(word), 120), why),
                   "write a name, an address, a network or a range, perhaps with :ports");
}

// An IPv4 address that is written as IPv6 (::ffff:10.0.0.5, RFC 4291 section 2.5.5.2) leads to the same
// place.
std::string as_ipv4(std::string_view host) {
  constexpr std::uint64_t mapped = 0xffff;
  auto number = scan::address_number(host);
  if (!number || number->family == scan::AddressFamily::v4 || number->high != 0 ||
      number->low >> 32U != mapped)
    return std::string(host);
  number->family = scan::AddressFamily::v4;
  number->low &= 0xffff'ffffU;
  return scan::address_text(*number);
}

}  // namespace

Result<Exclusions::Rule> Exclusions::parse_word(std::string_view word) {
  if (word.contains("://") || word.contains('@')) return bad(word, "names more than a place");
  if (word == "-") return bad(word, "names no place");
  scan::TargetOptions options;
  options.ports = {{1, 65'535}};
  const auto slash = word.find('/');
  if (slash == std::string_view::npos) {
    auto spec = scan::parse_target(word, options);
    if (!spec) return fail(spec.error());
    return Rule{std::move(*spec), {}, 0};
  }
  // A network may be larger here than one that is looked at: its address is read alone.
  const auto end = std::min(word.find(':', slash), word.size());
  const std::string_view digits = word.substr(slash + 1, end - slash - 1);
  std::string_view address = word.substr(0, slash);
  auto spec = scan::parse_target(std::string(address) + std::string(word.substr(end)), options);
  if (!spec) return fail(spec.error());
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  const auto number = scan::address_number(address);
  if (!number) return bad(word, "has a slash behind what is no address");
  const std::size_t longest = number->family == scan::AddressFamily::v4 ? 32 : 128;
  std::size_t length = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc() || stop != digits.data() + digits.size() || length > longest) {
    return bad(word, fmt::format("has no number from 0 to {} behind the slash", longest));
  }
  return Rule{std::move(*spec), scan::block_start(*number, length), length};
}

bool Exclusions::covers(const Rule& rule, std::string_view host) {
  if (!rule.start) return rule.spec.has_host(host);
  const auto number = scan::address_number(host);
  return number && number->family == rule.start->family &&
         scan::block_start(*number, rule.length) == *rule.start;
}

Result<Exclusions> Exclusions::parse(std::span<const std::string> words) {
  Exclusions out;
  for (const std::string& word : words) {
    auto rule = parse_word(trim(word));
    if (!rule) return fail(rule.error());
    out.words_.push_back(word);
    out.rules_.push_back(std::move(*rule));
  }
  return out;
}

std::optional<std::size_t> Exclusions::match(std::string_view host, std::uint16_t port) const {
  const std::string plain = as_ipv4(host);
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!rules_[i].spec.has_port(port)) continue;
    if (covers(rules_[i], host) || covers(rules_[i], plain)) return i;
  }
  return std::nullopt;
}

}  // namespace certherald::app
