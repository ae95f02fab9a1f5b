#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/context.hpp"
#include "model/observation.hpp"

namespace certherald::cli {

// What differs between the addresses of one name, for people: certificates, versions, suites and problems
// that not all of them have. An endpoint's observations come one after the other, as a scan tells them.
class Differences final {
 public:
  explicit Differences(Colours colours) : colours_(colours) {}

  // The block about the endpoint before, where this one is of another and something differed; else "".
  [[nodiscard]] std::string add(const model::Observation& observation);
  // The block about the last endpoint, or "".
  [[nodiscard]] std::string end();

 private:
  struct Address {
    std::string name;
    std::vector<std::set<std::string>> traits;  // of each kind
  };

  Colours colours_;
  model::EndpointKey endpoint_;
  std::vector<Address> addresses_;  // those that were scanned
};

}  // namespace certherald::cli
