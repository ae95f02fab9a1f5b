#include "store/new_store.hpp"

#include <array>

#include "model/policy.hpp"

namespace certherald::store {

std::span<const model::Schedule> first_schedules() {
  static const std::array<model::Schedule, 2> schedules = {
      {{"default expiry notification", model::TaskKind::expiry_notification,
        "FREQ=DAILY;BYHOUR=6;BYMINUTE=0;BYSECOND=0", "UTC", true},
       {"default vulnerability scan", model::TaskKind::vulnerability_scan,
        "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0;BYSECOND=0", "UTC", true}}};
  return schedules;
}

Status fill_new_store(Session& session) {
  for (const model::Policy& policy : model::default_policies()) {
    if (auto put = session.put(policy, ""); !put) return fail(put.error());
  }
  for (const model::Schedule& schedule : first_schedules()) {
    if (auto put = session.put(schedule, ""); !put) return fail(put.error());
  }
  return {};
}

}  // namespace certherald::store
