#pragma once

#include <string>

#include "app/settings.hpp"
#include "base/clock.hpp"
#include "cli/context.hpp"
#include "store/store.hpp"

namespace certherald::cli {

struct DiscoveryArguments {
  std::string name;
  bool dry_run = false;
  Millis wait{};  // for another discovery to end
};

// `run discovery NAME [--dry-run]`: prints each endpoint that was found, then counts. The exit code; 2 where
// there is no such discovery or its targets cannot be read.
int run_discovery(const DiscoveryArguments& arguments, store::Store& store, const app::Settings& settings,
                  CommandContext& context);

}  // namespace certherald::cli
