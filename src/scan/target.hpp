#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "scan/target_word.hpp"

namespace certherald::scan {

inline constexpr std::size_t max_list_size =
    std::size_t{64} * 1024 * 1024;  // bytes of one @file or of standard input

// Which targets there were already. Addresses cost a bit each where they lie together, since a network is
// what people name by the hundred thousand.
class SeenTargets {
 public:
  // False where it was there. All keys come of one TargetOptions, so that the SNI of an address is the same.
  bool insert(const model::EndpointKey& key);

 private:
  using Row = std::tuple<AddressNumber, std::uint16_t, std::string>;  // the last byte is the column

  std::set<model::EndpointKey> names_;
  std::map<Row, std::bitset<256>> addresses_;
};

// The targets of a command line as they were written; a TargetCursor writes them out one at a time.
class TargetList {
 public:
  // `added` is how many endpoints of `spec` no spec before has.
  void add(TargetSpec spec, std::uint64_t added);

  [[nodiscard]] std::uint64_t size() const { return size_; }  // endpoints, each counted once
  [[nodiscard]] const std::vector<TargetSpec>& specs() const { return specs_; }

 private:
  std::vector<TargetSpec> specs_;
  std::uint64_t size_ = 0;
};

// Every target of a list, each once, in order of first mention. The list outlives it.
class TargetCursor {
 public:
  explicit TargetCursor(const TargetList& list) : list_(list) {}
  [[nodiscard]] std::optional<model::EndpointKey> next();  // nothing at the end

 private:
  const TargetList& list_;
  std::size_t spec_ = 0;
  std::uint64_t index_ = 0;
  SeenTargets seen_;
};

// All targets of a command line. "@file" stands for the lines of a file, "-" for those of `standard_input`;
// there, blank lines and what follows a '#' at the start of a word are passed over, and errors name file and
// line.
[[nodiscard]] Result<TargetList> read_targets(std::span<const std::string> words,
                                              const TargetOptions& options, std::istream& standard_input);

}  // namespace certherald::scan
