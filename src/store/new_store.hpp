#pragma once

#include <span>

#include "base/result.hpp"
#include "model/run.hpp"
#include "store/session.hpp"

namespace certherald::store {

// What a new store holds beside its schema and its installation.
[[nodiscard]] std::span<const model::Schedule> first_schedules();
[[nodiscard]] Status fill_new_store(Session& session);

}  // namespace certherald::store
