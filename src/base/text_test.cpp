#include "base/text.hpp"

#include <gtest/gtest.h>

namespace certherald {
namespace {

constexpr std::string_view mark = "\xef\xbf\xbd";  // U+FFFD

struct Row {
  std::string in;
  std::string out;
};

TEST(Text, LowerAscii) {
  const Row rows[] = {{"", ""}, {"aZ-09_[@`{", "az-09_[@`{"}, {"\xc3\x84", "\xc3\x84"}};
  for (const Row& row : rows) EXPECT_EQ(lower_ascii(row.in), row.out);
}

TEST(Text, Trim) {
  const Row rows[] = {{"", ""},          {" \t\r\n\f\v", ""}, {"a", "a"},
                      {" a b\t", "a b"}, {"a\n", "a"},        {"\xc2\xa0", "\xc2\xa0"}};
  for (const Row& row : rows) EXPECT_EQ(trim(row.in), row.out);
}

TEST(Text, SplitAndJoin) {
  using Parts = std::vector<std::string>;
  const std::pair<std::string, Parts> rows[] = {
      {"", {""}}, {"a", {"a"}}, {",", {"", ""}}, {"a,,b,", {"a", "", "b", ""}}, {",a", {"", "a"}}};
  for (const auto& [text, parts] : rows) {
    const auto got = split(text, ',');
    EXPECT_EQ(Parts(got.begin(), got.end()), parts) << text;
    EXPECT_EQ(join(parts, ","), text);
  }
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

// The borders of RFC 3629 section 3 and 4.
struct Utf8Row {
  std::string_view what;
  std::string text;
  bool good;
  std::string mended;
};

const std::string m1(mark);
const std::string m2 = m1 + m1;
const std::string m3 = m2 + m1;
const std::string m4 = m2 + m2;

const Utf8Row utf8_rows[] = {
    {"empty", "", true, ""},
    {"NUL", std::string("\0", 1), true, std::string("\0", 1)},
    {"last of one byte", "\x7f", true, "\x7f"},
    {"first of two", "\xc2\x80", true, "\xc2\x80"},
    {"last of two", "\xdf\xbf", true, "\xdf\xbf"},
    {"first of three", "\xe0\xa0\x80", true, "\xe0\xa0\x80"},
    {"before the surrogates", "\xed\x9f\xbf", true, "\xed\x9f\xbf"},
    {"after the surrogates", "\xee\x80\x80", true, "\xee\x80\x80"},
    {"last of three", "\xef\xbf\xbf", true, "\xef\xbf\xbf"},
    {"first of four", "\xf0\x90\x80\x80", true, "\xf0\x90\x80\x80"},
    {"last code point", "\xf4\x8f\xbf\xbf", true, "\xf4\x8f\xbf\xbf"},
    {"overlong slash", "\xc0\xaf", false, m2},
    {"overlong of two", "\xc1\xbf", false, m2},
    {"overlong of three", "\xe0\x9f\xbf", false, m3},
    {"overlong of four", "\xf0\x8f\xbf\xbf", false, m4},
    {"first surrogate", "\xed\xa0\x80", false, m3},
    {"last surrogate", "\xed\xbf\xbf", false, m3},
    {"past the last code point", "\xf4\x90\x80\x80", false, m4},
    {"five bytes", "\xf8\x88\x80\x80\x80", false, m4 + m1},
    {"lone continuation", "\x80", false, m1},
    {"cut of two", "\xc3", false, m1},
    {"cut of three", "\xe2\x82", false, m2},
    {"cut of four", "\xf0\x9f\x98", false, m3},
    {"cut in front of text",
     "\xc3"
     "A",
     false, m1 + "A"},
    {"Latin-1", "M\xfcnchen", false, "M" + m1 + "nchen"},
};

TEST(Text, Utf8) {
  for (const Utf8Row& row : utf8_rows) {
    EXPECT_EQ(is_utf8(row.text), row.good) << row.what;
    EXPECT_EQ(to_utf8(row.text), row.mended) << row.what;
    EXPECT_TRUE(is_utf8(to_utf8(row.text))) << row.what;
  }
}

TEST(Text, SingleLine) {
  const Row rows[] = {
      {"", ""},
      {"plain \xc3\xbc", "plain \xc3\xbc"},
      {"a\r\nBcc: x", "a  Bcc: x"},
      {"a\tb", "a b"},
      {"a\xe2\x80\xa8"
       "b\xe2\x80\xa9"
       "c",
       "a b c"},  // line and paragraph separator
      {"\x1b[2J", m1 + "[2J"},
      {std::string("\0", 1), m1},
      {"\x7f", m1},
      {"\xc2\x9b"
       "1m",
       m1 + "1m"},  // C1 control sequence introducer
      {"\xe2\x80\xae"
       "gpj.exe",
       m1 + "gpj.exe"},                              // right-to-left override
      {"\xe2\x81\xa6x\xe2\x81\xa9", m1 + "x" + m1},  // isolates
      {"\xd8\x9c", m1},                              // Arabic letter mark
      {"\xe2\x80\x8e\xe2\x80\x8f", m2},
      {"\xef\xbb\xbf", m1},
      {"\xff", m1},
  };
  for (const Row& row : rows) EXPECT_EQ(single_line(row.in), row.out);
}

TEST(Text, SingleLineOfAnyBytesIsSafe) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string line = single_line(all);
  EXPECT_TRUE(is_utf8(line));
  for (const char c : line) EXPECT_FALSE((c >= 0 && c < 0x20) || c == 0x7f);
}

TEST(Text, Truncate) {
  struct Cut {
    std::string in;
    std::size_t limit;
    std::string out;
  };
  const std::string dots = "\xe2\x80\xa6";
  const Cut rows[] = {{"", 0, ""},
                      {"a", 0, ""},
                      {"a", 1, "a"},
                      {"ab", 1, dots},
                      {"abc", 3, "abc"},
                      {"abcd", 3, "ab" + dots},
                      {"\xc3\xbc\xc3\xbc\xc3\xbc", 3, "\xc3\xbc\xc3\xbc\xc3\xbc"},
                      {"\xc3\xbc\xc3\xbc\xc3\xbc", 2, "\xc3\xbc" + dots},
                      {"\xf0\x9f\x98\x80"
                       "b",
                       2,
                       "\xf0\x9f\x98\x80"
                       "b"}};
  for (const Cut& row : rows) EXPECT_EQ(truncate(row.in, row.limit), row.out) << row.in << row.limit;
}

TEST(Text, HtmlEscape) {
  EXPECT_EQ(html_escape("<a href=\"x\" title='y'>&amp;</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;");
  EXPECT_EQ(html_escape(""), "");
  EXPECT_EQ(html_escape("\xc3\xbc\n"), "\xc3\xbc\n");
}

}  // namespace
}  // namespace certherald
