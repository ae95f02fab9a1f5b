#include "scan/http_answer.hpp"

#include <gtest/gtest.h>

namespace certherald::scan {
namespace {

TEST(HttpAnswer, IsReadAsItComes) {
  const std::string whole =
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.0 404 Not Found\r\nServer:  a b \r\nX\r\n\r\nbody";
  const std::size_t head = whole.find("body");
  for (std::size_t i = 0; i < head; ++i) {
    EXPECT_EQ(read_http_answer(std::string_view(whole).substr(0, i)).reading, HttpReading::more) << i;
  }
  const HttpRead read = read_http_answer(whole);
  ASSERT_EQ(read.reading, HttpReading::whole);
  EXPECT_EQ(read.answer.status, 404);
  ASSERT_NE(read.answer.find("server"), nullptr);
  EXPECT_EQ(*read.answer.find("server"), "a b");
  EXPECT_EQ(read.answer.find("link"), nullptr);
}

TEST(HttpAnswer, WhatIsSomethingElseIsSoon) {
  for (const std::string_view text :
       {"220 x", "* OK", "HTTP/2", "\r\n\r\n", "HTTP/1.1 99\r\n\r\n", "HTTP/1.1200\r\n\r\n"}) {
    EXPECT_EQ(read_http_answer(text).reading, HttpReading::foreign) << text;
  }
  EXPECT_EQ(read_http_answer("HTTP/1.1 200 " + std::string(70'000, 'x')).reading, HttpReading::foreign);
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1000; ++i) many += "a: b\r\n";
  EXPECT_EQ(read_http_answer(many + "\r\n").answer.fields.size(), 128U);
}

TEST(HstsMaxAge, IsOneNumber) {
  EXPECT_EQ(hsts_max_age("max-age=31536000"), 31'536'000U);
  EXPECT_EQ(hsts_max_age(" includeSubDomains ; MAX-AGE = \"60\" ; preload"), 60U);
  EXPECT_EQ(hsts_max_age("max-age=0"), 0U);
  for (const std::string_view text :
       {"", "preload", "max-age", "max-age=", "max-age=x", "max-age=-1", "max-age=1.5",
        "max-age=1; max-age=2", "max-age=99999999999999999999999"}) {
    EXPECT_EQ(hsts_max_age(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace certherald::scan
