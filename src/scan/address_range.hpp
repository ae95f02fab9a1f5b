#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace certherald::scan {

enum class AddressFamily : std::uint8_t { v4, v6 };

// An address as a number to count with; an IPv4 address is in `low` alone.
struct AddressNumber {
  AddressFamily family = AddressFamily::v4;
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend auto operator<=>(const AddressNumber&, const AddressNumber&) = default;
};

[[nodiscard]] std::optional<AddressNumber> address_number(std::string_view text);
[[nodiscard]] std::string address_text(const AddressNumber& number);  // canonical

// `number` moved on by `steps`; past the last address it starts again at the first.
[[nodiscard]] AddressNumber advanced(AddressNumber number, std::uint64_t steps);

// How many steps lead from `first` to `last`; nothing where `last` is smaller, of the other family, or 2^64
// or more steps away.
[[nodiscard]] std::optional<std::uint64_t> steps_between(const AddressNumber& first,
                                                         const AddressNumber& last);

// The first address of the block that `number` is in. `length` is from 0 to 32 or 128.
[[nodiscard]] AddressNumber block_start(AddressNumber number, std::size_t length);

// Addresses that follow each other.
struct AddressRange {
  AddressNumber first;
  std::uint64_t count = 1;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

}  // namespace certherald::scan
