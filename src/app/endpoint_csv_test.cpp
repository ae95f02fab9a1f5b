#include "app/endpoint_csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(EndpointCsv, ReadsColumnsInAnyOrder) {
  const auto read = read_endpoint_csv(
      "Owner,HOST,port,sni,starttls,tags,address\r\n"
      "web-team,Shop.Example.com.,,,,\"prod; web;prod\",\r\n"
      ",192.0.2.7,8443,api.example.com,,,\r\n"
      ",mx.example.com,,-,smtp,,192.0.2.25\r\n");
  ASSERT_TRUE(read) << describe(read.error());
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ(subject_text(read->at(0).key), "endpoint:-:shop.example.com:443:shop.example.com:-");
  EXPECT_EQ(read->at(0).owner, "web-team");
  EXPECT_THAT(read->at(0).tags, ElementsAre("prod", "web"));
  EXPECT_EQ(subject_text(read->at(1).key), "endpoint:-:192.0.2.7:8443:api.example.com:-");
  EXPECT_EQ(subject_text(read->at(2).key), "endpoint:smtp:mx.example.com:25:-:192.0.2.25");
}

TEST(EndpointCsv, NamesTheLineOfABadRow) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "it is empty"},
      {"host\n", "no endpoint"},
      {"name,port\na,1\n", "line 1: there is no column 'name'"},
      {"port\n443\n", "line 1: the column 'host' is missing"},
      {"host,Host\na,b\n", "line 1: the column 'host' is here twice"},
      {"host,port\na.example.com,443\nb.example.com,70000\n", "line 3: '70000' is no port"},
      {"host,port\n\na.example.com,0\n", "line 3: '0' is no port"},
      {"host\n\"two words\"\n", "line 2:"},
      {"host,starttls\na.example.com,gopher\n", "line 2:"},
      {"host,address\na.example.com,b.example.com\n", "line 2:"},
      {"host,port\na.example.com,443\nA.example.com,\n",
       "line 3: a.example.com:443 stands in line 2 already"},
      {"host,port\n\"\",443\n", "line 2:"},
  };
  for (const auto& [text, says] : rows) {
    const auto read = read_endpoint_csv(text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(describe(read.error()), HasSubstr(says));
  }
}

TEST(EndpointCsv, IsToldByItsFirstLine) {
  EXPECT_TRUE(is_endpoint_csv("port, Host \n"));
  EXPECT_TRUE(is_endpoint_csv("\xef\xbb\xbfhost\r\na\r\n"));
  EXPECT_FALSE(is_endpoint_csv("-----BEGIN CERTIFICATE-----\nhost\n"));
  EXPECT_FALSE(is_endpoint_csv("the host\n"));
  EXPECT_FALSE(is_endpoint_csv(""));
}

}  // namespace
}  // namespace certherald::app
