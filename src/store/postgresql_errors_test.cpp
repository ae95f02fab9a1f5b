#include "store/postgresql_errors.hpp"

#include <gtest/gtest.h>

namespace certherald::store {
namespace {

TEST(PostgresqlErrors, are_told_by_their_state) {
  struct Case {
    std::string state;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"28P01", "refuses the user"},
      {"28000", "refuses the user"},
      {"3D000", "no such database"},
      {"42501", "may not do that"},
      {"53100", "is full"},
      {"53300", "no connection to spare"},
      {"57P01", "was shut down"},
      {"57P03", "starting"},
      {"57014", "took too long"},
      {"25006", "read-only standby"},
      {"55P03", "another process is writing"},
      {"40001", "in the way"},
      {"40P01", "in the way"},
      {"40003", "unknown"},
      {"08006", "connection"},
      {"     ", "connection"},
      {"", "connection"},
      {"XX001", "damaged"},
  };
  for (const Case& c : cases) {
    const Error error = explain_state(c.state, "ERROR:  words\nDETAIL: a value", "postgresql://h/x");
    EXPECT_EQ(error.kind, ErrorKind::storage);
    EXPECT_NE(error.message.find(c.says), std::string::npos) << c.state << ": " << error.message;
    EXPECT_NE(error.message.find("postgresql://h/x"), std::string::npos) << error.message;
    EXPECT_EQ(error.message.find("DETAIL"), std::string::npos) << error.message;
    EXPECT_NE(error.hint, "") << c.state;
  }
}

TEST(PostgresqlErrors, what_the_table_does_not_have_is_told_in_the_servers_words) {
  EXPECT_EQ(
      explain_state("42P01", "Cannot prepare statement. ERROR:  relation \"x\" is not there", "db").message,
      "db: ERROR:  relation \"x\" is not there");
}

}  // namespace
}  // namespace certherald::store
