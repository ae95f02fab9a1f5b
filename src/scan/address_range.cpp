#include "scan/address_range.hpp"

#include <arpa/inet.h>

#include <array>

namespace certherald::scan {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

// The `bits` low bits are set; `bits` is from 0 to 64.
std::uint64_t low_ones(std::size_t bits) { return bits >= 64 ? all_ones : (std::uint64_t{1} << bits) - 1; }

}  // namespace

std::optional<AddressNumber> address_number(std::string_view text) {
  const std::string owned(text);
  std::array<std::uint8_t, 16> bytes{};
  AddressNumber out;
  if (text.find(':') == std::string_view::npos) {
    if (inet_pton(AF_INET, owned.c_str(), bytes.data()) != 1) return std::nullopt;
    for (std::size_t i = 0; i < 4; ++i) out.low = out.low << 8U | bytes[i];
    return out;
  }
  if (inet_pton(AF_INET6, owned.c_str(), bytes.data()) != 1) return std::nullopt;
  out.family = AddressFamily::v6;
  for (std::size_t i = 0; i < 8; ++i) out.high = out.high << 8U | bytes[i];
  for (std::size_t i = 8; i < 16; ++i) out.low = out.low << 8U | bytes[i];
  return out;
}

std::string address_text(const AddressNumber& number) {
  const bool v4 = number.family == AddressFamily::v4;
  std::array<std::uint8_t, 16> bytes{};
  const std::size_t width = v4 ? 4 : 16;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t from_end = width - 1 - i;
    const std::uint64_t half = from_end < 8 ? number.low : number.high;
    bytes[i] = static_cast<std::uint8_t>(half >> from_end % 8 * 8);
  }
  std::array<char, INET6_ADDRSTRLEN> out{};
  return inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data(), out.data(), out.size());
}

AddressNumber advanced(AddressNumber number, std::uint64_t steps) {
  number.low += steps;
  if (number.family == AddressFamily::v4) {
    number.low &= low_ones(32);
  } else if (number.low < steps) {
    ++number.high;
  }
  return number;
}

std::optional<std::uint64_t> steps_between(const AddressNumber& first, const AddressNumber& last) {
  if (first.family != last.family || last < first) return std::nullopt;
  const std::uint64_t high = last.high - first.high;
  const bool within_64_bits = high == 0 || (high == 1 && last.low < first.low);
  if (!within_64_bits) return std::nullopt;
  return last.low - first.low;
}

AddressNumber block_start(AddressNumber number, std::size_t length) {
  const std::size_t width = number.family == AddressFamily::v4 ? 32 : 128;
  const std::size_t free_bits = width - length;
  number.low &= ~low_ones(free_bits);
  if (free_bits > 64) number.high &= ~low_ones(free_bits - 64);
  return number;
}

}  // namespace certherald::scan
