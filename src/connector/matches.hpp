#pragma once

#include <optional>
#include <set>
#include <string>

#include "model/delivery.hpp"

namespace certherald::connector {

// The tickets that a look-up found to carry one key. There should be one; where there are more, the oldest
// open one is ours, else the oldest, and the rest are counted.
class Matches {
 public:
  // `created` orders by age: texts of one length compare as they stand. A ticket that pages show twice counts
  // once.
  void add(model::RemoteTicket ticket, std::string created);

  // done or absent.
  [[nodiscard]] model::Outcome outcome() const;

 private:
  struct Match {
    model::RemoteTicket ticket;
    std::string created;
  };
  std::optional<Match> best_;
  std::set<std::string> ids_;
};

}  // namespace certherald::connector
