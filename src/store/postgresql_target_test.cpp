#include "store/postgresql_target.hpp"

#include <gtest/gtest.h>

namespace certherald::store {
namespace {

TEST(PostgresqlTarget, is_told_from_folders) {
  for (const std::string_view yes : {"postgresql://h/d", "postgres://h/d", "postgresql:x"}) {
    EXPECT_TRUE(is_postgresql(yes)) << yes;
  }
  for (const std::string_view no : {"", "/srv/postgresql", "sqlite:postgresql:", "postgresql"}) {
    EXPECT_FALSE(is_postgresql(no)) << no;
  }
}

TEST(PostgresqlTarget, has_a_name_without_a_password) {
  struct Case {
    std::string url;
    std::string name;
  };
  const std::vector<Case> cases = {
      {"postgresql://herald:s3cret@db.example.com:5433/inventory",
       "postgresql://herald@db.example.com:5433/inventory"},
      {"postgres://db/inventory", "postgresql://db/inventory"},
      {"postgresql://herald@[2001:db8::1]/x", "postgresql://herald@[2001:db8::1]/x"},
      {"postgresql:///x?host=/run/postgresql&user=herald&password=s3cret",
       "postgresql://herald@/x?host=/run/postgresql"},
      {"postgresql://herald:s%2F3%40cret@h/x?sslmode=require", "postgresql://herald@h/x"},
      {"postgresql://herald:s3?cret@h/x", "postgresql://herald@h/x"},
  };
  for (const Case& c : cases) {
    const auto target = parse_postgresql(c.url);
    ASSERT_TRUE(target) << c.url;
    EXPECT_EQ(target->name, c.name);
  }
}

TEST(PostgresqlTarget, gives_libpq_all_of_it_and_finite_patience) {
  const auto target = parse_postgresql("postgresql://herald:a%20'b%25@h/x?connect_timeout=3");
  ASSERT_TRUE(target);
  EXPECT_EQ(
      target->conninfo,
      "postgresql:///?application_name=certherald&client_encoding=UTF8&connect_timeout=3&dbname=x&host=h"
      "&keepalives=1&keepalives_count=3&keepalives_idle=30&keepalives_interval=10&password=a%20%27b%25"
      "&tcp_user_timeout=60000&user=herald");
}

TEST(PostgresqlTarget, refuses_what_is_no_url_without_repeating_it) {
  for (const std::string url :
       {"postgresql:secret", "postgres:/secret/x", "postgresql://u:secret%zz@h/x",
        "postgresql://u:sec/ret@h/x", "postgresql://u:sec@ret@h/x", "postgresql://h:secret/x",
        "postgresql://h/x?secret=1", "postgresql://u:1/secret@h/x"}) {
    const auto target = parse_postgresql(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().kind, ErrorKind::invalid_input);
    EXPECT_EQ(target.error().message.find("sec"), std::string::npos) << target.error().message;
    EXPECT_NE(target.error().hint, "");
  }
}

}  // namespace
}  // namespace certherald::store
