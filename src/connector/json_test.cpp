#include "connector/json.hpp"

#include <gtest/gtest.h>

namespace certherald::connector {
namespace {

TEST(ParseObject, TakesOneObjectAndNothingElse) {
  struct Row {
    std::string text;
    bool good;
  };
  const std::string deep = "{\"a\":" + std::string(31, '[') + std::string(31, ']') + "}";
  const std::string deeper = "{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}";
  std::string many = "{\"a\":[0";
  for (int i = 0; i < 200'000; ++i) many += ",0";
  const Row rows[] = {
      {R"({"a":1})", true},
      {" {\n\"a\" : [ ] } \r\n", true},
      {R"({"a":"\u00e9\ud83d\ude00"})", true},
      {deep, true},
      {deeper, false},
      {many + "]}", false},
      {std::string(100'000, '['), false},
      {"", false},
      {"[]", false},
      {"null", false},
      {R"({"a":1)", false},
      {R"({"a":1} x)", false},
      {R"({"a":1}{"a":1})", false},
      {R"({"a":1,"a":2})", false},
      {R"({"a":1,"\u0061":2})", false},
      {R"({"b":{"a":1},"a":2})", true},
      {R"({"r":[{"a":1},{"a":1}]})", true},
      {"{\"a\":\"\xff\"}", false},
      {"{\"a\":\"\xed\xa0\x80\"}", false},
      {"{\"a\":\"\xc0\xaf\"}", false},
      {R"({"a":"\ud800"})", false},
      {R"({"a":NaN})", false},
      {R"({'a':1})", false},
      {R"({"a":1,})", false},
      {R"(/**/{"a":1})", false},
      {"\xef\xbb\xbf{\"a\":1}", false},
      {"{\"a\":\"\n\"}", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(parse_object(row.text).has_value(), row.good) << row.text.substr(0, 60);
}

TEST(Members, AreTextOrWholeNumbersOfEitherForm) {
  const auto object = parse_object(
      R"({"text":"860","int":860,"big":216826000006339009,"huge":18446744073709551615,"vast":1e400,"half":8.5,
          "null":null,"list":[1],"object":{"x":1},"yes":true,"words":"x1"})");
  ASSERT_TRUE(object);
  EXPECT_EQ(text_member(*object, "text"), "860");
  EXPECT_EQ(text_member(*object, "int"), "860");
  EXPECT_EQ(text_member(*object, "big"), "216826000006339009");
  EXPECT_EQ(text_member(*object, "huge"), "18446744073709551615");
  for (const char* name : {"vast", "half", "null", "list", "object", "yes", "nobody"})
    EXPECT_EQ(text_member(*object, name), "") << name;
  EXPECT_EQ(integer_member(*object, "text"), 860);
  EXPECT_EQ(integer_member(*object, "int"), 860);
  EXPECT_EQ(integer_member(*object, "huge"), std::nullopt);
  EXPECT_EQ(integer_member(*object, "words"), std::nullopt);
  EXPECT_NE(object_member(*object, "object"), nullptr);
  EXPECT_EQ(object_member(*object, "list"), nullptr);
  EXPECT_NE(array_member(*object, "list"), nullptr);
  EXPECT_EQ(array_member(*object, "nobody"), nullptr);
}

}  // namespace
}  // namespace certherald::connector
