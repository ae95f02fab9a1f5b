#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/endpoint.hpp"
#include "model/run.hpp"
#include "store/session.hpp"

namespace certherald::app {

// What a run decides, inside the caller's transaction.

// Brings the expiry findings up to what the inventory holds now.
[[nodiscard]] Status assess_inventory(store::Session& session, Instant now);

// Where the certificates are served that an expiry run would tell about now, and where others were renewed
// and this was not verified yet.
[[nodiscard]] Result<std::vector<model::EndpointKey>> places_of_expiry(store::Session& session);

// Turns findings into notices and puts their deliveries into the outbox; fills the run's counts.
// `installation` is the store's.
[[nodiscard]] Status decide(store::Session& session, model::Run& run, const std::string& installation,
                            Instant now);

}  // namespace certherald::app
