#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/store.hpp"

namespace certherald::app {

// SHA-256 of the RSA keys of the store that share a prime with another. Takes long where there are many, and
// holds a transaction only while it reads. Errors are the store's.
[[nodiscard]] Result<std::vector<std::string>> broken_keys(store::Store& store);

// Brings the findings of the fleet checks up to what the inventory holds now, inside the caller's
// transaction.
[[nodiscard]] Status assess_fleet(store::Session& session, const std::vector<std::string>& broken,
                                  Instant now);

}  // namespace certherald::app
