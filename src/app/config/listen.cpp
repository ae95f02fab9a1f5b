#include "app/config/listen.hpp"

#include <charconv>

#include "base/text.hpp"
#include "model/endpoint.hpp"

namespace certherald::app {

Result<ListenAddress> parse_listen(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return with_hint(
        fail(ErrorKind::invalid_input, "'{}' is no address to listen at: {}", single_line(text), why),
        "write it like 127.0.0.1:9180 or [::1]:9180");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong("it has no port");
  std::string_view address = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (!model::is_ip_address(address) || bracketed != (address.find(':') != std::string_view::npos)) {
    return wrong("it does not begin with an IP address");
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size())
    return wrong("its port is not 0 to 65535");
  return ListenAddress{std::string(address), port};
}

std::string to_string(const ListenAddress& at) {
  const bool v6 = at.address.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", at.address, at.port) : fmt::format("{}:{}", at.address, at.port);
}

}  // namespace certherald::app
