#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/postgresql_target.hpp"

namespace certherald::store {

// What an SQLSTATE means (PostgreSQL documentation, appendix A) and what to do about it. `state` is blank
// where libpq itself gave up: the connection is broken. `detail` is what the server or libpq said; its first
// line is repeated where it helps. `name` is the database's, for people.
[[nodiscard]] Error explain_state(std::string_view state, std::string_view detail, const std::string& name);

// Why a connection to `target` failed with `detail`. libpq does not tell the SQLSTATE of a refused connection
// unless it is asked for before: it is tried once more.
[[nodiscard]] Error explain_refusal(const PostgresqlTarget& target, std::string_view detail);

}  // namespace certherald::store
