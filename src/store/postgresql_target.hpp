#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace certherald::store {

// A database of a PostgreSQL server, as a URL names it (PostgreSQL documentation, "Connection URIs"). What
// the URL leaves out libpq takes from its environment: PGHOST, PGPASSWORD, ~/.pgpass and the rest.
struct PostgresqlTarget {
  std::string conninfo;  // for libpq, without blanks; holds the URL's password: never shown
  std::string name;      // for people: postgresql://user@host:port/database, never a password

  friend bool operator==(const PostgresqlTarget&, const PostgresqlTarget&) = default;
};

// postgresql: or postgres:, whatever follows.
[[nodiscard]] bool is_postgresql(std::string_view location);

// What the URL does not say is set so that a dead server or network is noticed within a minute or so.
// `invalid_input` for what is no such URL; the message repeats nothing of it.
[[nodiscard]] Result<PostgresqlTarget> parse_postgresql(const std::string& url);

}  // namespace certherald::store
