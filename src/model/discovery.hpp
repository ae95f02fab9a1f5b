#pragma once

#include <string>
#include <vector>

#include "base/duration.hpp"

namespace certherald::model {

// Where to look for endpoints that nobody has named, and what those get that are found.
struct Discovery {
  std::string name;                  // unique
  std::vector<std::string> targets;  // as `scan` takes them: names, addresses, networks, ranges, @file
  std::string ports = "443";         // of targets that name neither port nor protocol: "443,8443,9000-9010"
  std::vector<std::string> exclude;  // names, addresses, networks and ranges, each perhaps with ports
  std::string owner;                 // of new endpoints
  std::vector<std::string> tags;     // of new endpoints; sorted, unique
  int rate = 100;                    // new connections a second to all hosts; 0: no limit
  Duration timeout{3, DurationUnit::second};  // of one connection

  friend bool operator==(const Discovery&, const Discovery&) = default;
};

// Whose the endpoints are that a discovery has found; no apply set is called so.
inline constexpr const char* discovery_set_prefix = "discovery:";

}  // namespace certherald::model
