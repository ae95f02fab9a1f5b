#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "model/ids.hpp"

namespace certherald::model {

// The decision to tell one connection about one finding now.
struct Notice {
  NoticeId id;
  FindingId finding;
  std::int64_t episode = 1;  // of the finding
  std::string policy;        // the policy that made it due
  std::string connection;
  std::int64_t period = 0;  // 0 for repeat = update, else the number of this due notice, from 1
  DeliveryKind kind = DeliveryKind::create;
  Instant planned_at{};  // of its run
  RunId run;

  friend bool operator==(const Notice&, const Notice&) = default;
};

}  // namespace certherald::model
