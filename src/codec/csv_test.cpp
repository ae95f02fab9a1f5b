#include "codec/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::codec {
namespace {

using testing::HasSubstr;
using Fields = std::vector<std::string>;

TEST(Csv, ReadsRecords) {
  struct Row {
    const char* text;
    std::vector<CsvRecord> records;
  };
  const std::vector<Row> rows = {
      {"", {}},
      {"\n\r\n", {}},
      {"a,b", {{1, {"a", "b"}}}},
      {"\xef\xbb\xbf"
       "a,b\r\n1,2\r\n",
       {{1, {"a", "b"}}, {2, {"1", "2"}}}},
      {"a,b\n\n,\n", {{1, {"a", "b"}}, {3, {"", ""}}}},
      {"\"a,\"\"b\"\"\",\"\"\n", {{1, {"a,\"b\"", ""}}}},
      {"\"two\nlines\",b\nc,d\n", {{1, {"two\nlines", "b"}}, {3, {"c", "d"}}}},
      {" a ,b\r", {{1, {" a ", "b\r"}}}},
  };
  for (const Row& row : rows) {
    const auto records = read_csv(row.text);
    ASSERT_TRUE(records) << row.text << ": " << describe(records.error());
    EXPECT_EQ(*records, row.records) << row.text;
  }
}

TEST(Csv, NamesTheLineOfAFault) {
  const std::pair<const char*, const char*> rows[] = {
      {"a,b\nc,\"d\n", "the quote of line 2 does not close"},
      {"a,b\nc,d\"e\n", "line 2: a quote stands inside"},
      {"a,b\n\"c\"x,d\n", "line 2: there is text behind"},
      {"a,b\n1,2\n3\n", "line 3: 1 fields, where the first line has 2"},
      {"a\xff", "UTF-8"},
  };
  for (const auto& [text, says] : rows) {
    const auto records = read_csv(text);
    ASSERT_FALSE(records) << text;
    EXPECT_THAT(describe(records.error()), HasSubstr(says));
  }
  EXPECT_EQ(read_csv(std::string(max_csv_fields, ',')).error().kind, ErrorKind::too_large);
}

}  // namespace
}  // namespace certherald::codec
