#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/endpoint.hpp"

namespace certherald::app {

// True where the first line of a text names the column `host`: a list of endpoints.
[[nodiscard]] bool is_endpoint_csv(std::string_view text);

// Endpoints from CSV (RFC 4180). The first line names the columns, in any order and case: `host` must be
// there; `port`, `sni`, `address`, `starttls`, `owner` and `tags` (words between semicolons) may. An empty
// field is one that is not there; for `sni`, "-" asks for no name. `invalid_input` names the line: an unknown
// or doubled column, a bad value, an endpoint that stands twice. All or nothing.
[[nodiscard]] Result<std::vector<model::Endpoint>> read_endpoint_csv(std::string_view text);

}  // namespace certherald::app
