#include "scan/target.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>

#include "base/bytes.hpp"
#include "base/file.hpp"
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
  std::optional<std::string_view> prefix_length;
  std::optional<std::uint16_t> port;
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

Status take_port(std::string_view word, std::string_view text, Parts& parts) {
  const auto port = number_from<std::uint16_t>(text);
  if (!port || *port == 0) return bad(word, "the port is not a number from 1 to 65535");
  parts.port = port;
  return {};
}

// "[host]", then nothing, "/24", ":443" or "/24:443".
Status take_bracketed(std::string_view word, std::string_view rest, Parts& parts) {
  const auto close = rest.find(']');
  if (close == std::string_view::npos) return bad(word, "the bracket does not close");
  parts.host = rest.substr(1, close - 1);
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
  return take_port(word, rest.substr(1), parts);
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
    return take_port(word, length.substr(colon + 1), parts);
  }
  if (model::is_ip_address(rest)) {
    parts.host = rest;
    return {};
  }
  const auto colon = rest.find(':');
  parts.host = rest.substr(0, colon);
  if (colon == std::string_view::npos) return {};
  if (rest.find(':', colon + 1) != std::string_view::npos) {
    return bad(word, "more than one colon, but no IPv6 address",
               "write an IPv6 address as [2001:db8::1]:443");
  }
  return take_port(word, rest.substr(colon + 1), parts);
}

Result<Parts> take_apart(std::string_view word, const TargetOptions& options) {
  Parts parts;
  if (!options.starttls.empty()) {
    const auto protocol = starttls::need_protocol(options.starttls);
    if (!protocol) return fail(protocol.error());
    parts.scheme = scheme_of(**protocol);
  }
  std::string_view rest = word;
  if (Status status = take_scheme(word, rest, parts); !status) return fail(status.error());
  if (Status status = take_address(word, rest, parts); !status) return fail(status.error());
  if (Status status = take_host(word, rest, parts); !status) return fail(status.error());
  return parts;
}

Result<model::EndpointKey> endpoint_of(std::string_view word, const Parts& parts, std::string_view host,
                                       const TargetOptions& options) {
  auto key = model::make_endpoint_key(host, parts.port.value_or(parts.scheme.port), options.sni,
                                      parts.address, parts.scheme.starttls);
  if (!key) return bad(word, key.error().message, key.error().hint);
  return key;
}

// An address as a number to count with.
struct Block {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t width = 4;  // bytes
  int family = AF_INET;

  void clear_from(std::size_t bit) {
    for (; bit < width * 8; ++bit) bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> bit % 8));
  }
  void advance() {
    for (std::size_t i = width; i-- > 0;) {
      if (++bytes[i] != 0) return;
    }
  }
  [[nodiscard]] std::string text() const {
    std::array<char, INET6_ADDRSTRLEN> out{};
    return inet_ntop(family, bytes.data(), out.data(), out.size());
  }
};

Result<std::vector<model::EndpointKey>> expand_block(std::string_view word, const Parts& parts,
                                                     const TargetOptions& options) {
  if (!parts.address.empty()) return bad(word, "a block of addresses cannot be connected to one address");
  Block block;
  if (parts.host.find(':') != std::string_view::npos) block = {{}, 16, AF_INET6};
  inet_pton(block.family, std::string(parts.host).c_str(), block.bytes.data());
  const std::size_t bits = block.width * 8;
  const auto length = number_from<std::size_t>(parts.prefix_length.value_or(""));
  if (!length || *length > bits) {
    return bad(word, fmt::format("what follows the slash is not a number from 0 to {}", bits));
  }
  if (bits - *length > 16) {
    return with_hint(fail(ErrorKind::too_large, "target '{}': the block holds more than {} addresses",
                          single_line(word), max_block_addresses),
                     fmt::format("give blocks of /{} or smaller", bits - 16));
  }
  block.clear_from(*length);
  std::vector<model::EndpointKey> out;
  const std::size_t count = std::size_t{1} << (bits - *length);
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i, block.advance()) {
    auto key = endpoint_of(word, parts, block.text(), options);
    if (!key) return fail(key.error());
    out.push_back(std::move(*key));
  }
  return out;
}

// Gathers the targets of words and lines.
class Reader {
 public:
  Reader(const TargetOptions& options, std::istream& standard_input)
      : options_(options), standard_input_(standard_input) {}

  Status add_word(std::string_view word) {
    if (word == "-") return add_standard_input();
    if (!word.starts_with('@')) return add_target(word);
    const std::string path(word.substr(1));
    if (path.empty()) return bad(word, "a file name must follow the @", "write @targets.txt");
    auto text = read_file(path, max_list_size);
    if (!text) return fail(text.error());
    return add_lines(path, *text);
  }

  [[nodiscard]] std::vector<model::EndpointKey> take() && { return std::move(targets_); }

 private:
  Status add_standard_input() {
    std::string text;
    std::string line;
    while (std::getline(standard_input_, line)) {
      text += line;
      text += '\n';
      if (text.size() > max_list_size) {
        return fail(ErrorKind::too_large, "standard input: larger than {} bytes", max_list_size);
      }
    }
    return add_lines("standard input", text);
  }

  Status add_lines(std::string_view name, std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
      ++number;
      // '#' inside a word is no comment, so that it is told as the mistake it is.
      for (const std::string_view mark : {" #", "\t#"}) line = line.substr(0, line.find(mark));
      line = trim(line);
      if (line.empty() || line.starts_with('#')) continue;
      if (Status status = add_line(line); !status) {
        return fail_in(fmt::format("{}:{}", single_line(name), number), status.error());
      }
    }
    return {};
  }

  Status add_line(std::string_view line) {
    if (line == "-" || line.starts_with('@')) return bad(line, "a list cannot name another list");
    return add_target(line);
  }

  Status add_target(std::string_view word) {
    auto keys = parse_target(word, options_);
    if (!keys) return fail(keys.error());
    for (model::EndpointKey& key : *keys) {
      if (!seen_.insert(key).second) continue;
      if (targets_.size() >= options_.max_targets)
        return fail(ErrorKind::too_large, "more than {} targets", options_.max_targets);
      targets_.push_back(std::move(key));
    }
    return {};
  }

  const TargetOptions& options_;
  std::istream& standard_input_;
  std::set<model::EndpointKey> seen_;
  std::vector<model::EndpointKey> targets_;
};

}  // namespace

Result<std::vector<model::EndpointKey>> parse_target(std::string_view word, const TargetOptions& options) {
  const std::string_view text = trim(word);
  if (text.empty()) return bad(word, "it is empty", "write host, host:port or an address");
  auto parts = take_apart(text, options);
  if (!parts) return fail(parts.error());
  if (parts->prefix_length) return expand_block(text, *parts, options);
  auto key = endpoint_of(text, *parts, parts->host, options);
  if (!key) return fail(key.error());
  return std::vector{std::move(*key)};
}

Result<std::vector<model::EndpointKey>> read_targets(std::span<const std::string> words,
                                                     const TargetOptions& options,
                                                     std::istream& standard_input) {
  Reader reader(options, standard_input);
  for (const std::string& word : words) {
    if (Status status = reader.add_word(word); !status) return fail(status.error());
  }
  return std::move(reader).take();
}

}  // namespace certherald::scan
