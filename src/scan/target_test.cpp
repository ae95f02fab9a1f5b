#include "scan/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace certherald::scan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> subjects(const std::vector<model::EndpointKey>& keys) {
  std::vector<std::string> out;
  for (const model::EndpointKey& key : keys) out.push_back(model::subject_text(key));
  return out;
}

TEST(Target, OneWordOneEndpoint) {
  struct Row {
    const char* word;
    const char* subject;
  };
  const std::vector<Row> rows = {
      {"shop.example.com", "endpoint:-:shop.example.com:443:shop.example.com:-"},
      {" Shop.Example.COM.:8443 ", "endpoint:-:shop.example.com:8443:shop.example.com:-"},
      {"192.0.2.10", "endpoint:-:192.0.2.10:443:-:-"},
      {"192.0.2.10:8443", "endpoint:-:192.0.2.10:8443:-:-"},
      {"2001:DB8:0::1", "endpoint:-:2001:db8::1:443:-:-"},
      {"[2001:db8::1]", "endpoint:-:2001:db8::1:443:-:-"},
      {"[::1]:8443", "endpoint:-:::1:8443:-:-"},
      {"shop.example.com:8443@192.0.2.10", "endpoint:-:shop.example.com:8443:shop.example.com:192.0.2.10"},
      {"shop.example.com@[2001:db8::1]", "endpoint:-:shop.example.com:443:shop.example.com:2001:db8::1"},
      {"shop.example.com@2001:db8::1", "endpoint:-:shop.example.com:443:shop.example.com:2001:db8::1"},
      {"smtp://mx.example.com", "endpoint:smtp:mx.example.com:25:mx.example.com:-"},
      {"SMTP://mx.example.com:587", "endpoint:smtp:mx.example.com:587:mx.example.com:-"},
      {"imap://[2001:db8::1]", "endpoint:imap:2001:db8::1:143:-:-"},
      {"mssql://db.example.com", "endpoint:mssql:db.example.com:1433:db.example.com:-"},
      {"telnet://192.0.2.1", "endpoint:telnet:192.0.2.1:23:-:-"},
      {"submission://mx.example.com", "endpoint:smtp:mx.example.com:587:mx.example.com:-"},
      {"postgresql://db.example.com", "endpoint:postgres:db.example.com:5432:db.example.com:-"},
      {"https://shop.example.com/", "endpoint:-:shop.example.com:443:shop.example.com:-"},
      {"localhost:1", "endpoint:-:localhost:1:localhost:-"},
      {"localhost:65535", "endpoint:-:localhost:65535:localhost:-"},
      {"192.0.2.10/32:8443", "endpoint:-:192.0.2.10:8443:-:-"},
  };
  for (const Row& row : rows) {
    const auto keys = parse_target(row.word);
    ASSERT_TRUE(keys) << row.word << ": " << describe(keys.error());
    EXPECT_THAT(subjects(*keys), ElementsAre(row.subject)) << row.word;
  }
}

TEST(Target, BlocksHoldEachAddress) {
  EXPECT_THAT(subjects(*parse_target("192.0.2.7/30:8443")),
              ElementsAre("endpoint:-:192.0.2.4:8443:-:-", "endpoint:-:192.0.2.5:8443:-:-",
                          "endpoint:-:192.0.2.6:8443:-:-", "endpoint:-:192.0.2.7:8443:-:-"));
  EXPECT_THAT(subjects(*parse_target("[2001:db8::ffff]/127:1")),
              ElementsAre("endpoint:-:2001:db8::fffe:1:-:-", "endpoint:-:2001:db8::ffff:1:-:-"));
  const auto wide = parse_target("10.0.0.0/16");
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->size(), 65'536U);
  EXPECT_EQ(wide->front().host, "10.0.0.0");
  EXPECT_EQ(wide->back().host, "10.0.255.255");
  EXPECT_EQ(parse_target("2001:db8::/112")->back().host, "2001:db8::ffff");
  EXPECT_EQ(parse_target("192.0.2.0/30", {.sni = "shop.example.com"})->back().sni, "shop.example.com");
}

TEST(Target, ErrorsNameTheWordAndTheMend) {
  struct Row {
    const char* word;
    const char* says;
  };
  const std::vector<Row> rows = {
      {"", "it is empty"},
      {"host:", "port is not a number from 1 to 65535"},
      {"host:0", "from 1 to 65535"},
      {"host:65536", "from 1 to 65535"},
      {"host:443x", "from 1 to 65535"},
      {"host:-1", "from 1 to 65535"},
      {"host:1:2", "write an IPv6 address as [2001:db8::1]:443"},
      {"[2001:db8::1", "does not close"},
      {"[shop.example.com]:443", "brackets hold an IPv6 address"},
      {"[::1]443", "only :port may follow"},
      {"gopher://host", "protocol before :// is not known"},
      {"https://host/path", "leave the path of a URL out"},
      {"host@elsewhere", "is not an IP address"},
      {"host@", "is not an IP address"},
      {"@", "is not an IP address"},
      {"10.0.0.0/15", "more than 65536 addresses (give blocks of /16 or smaller)"},
      {"2001:db8::/64", "give blocks of /112 or smaller"},
      {"10.0.0.0/33", "number from 0 to 32"},
      {"10.0.0.0/", "number from 0 to 32"},
      {"10.0.0.0/24@192.0.2.1", "cannot be connected to one address"},
      {"1.2.3.4.5", "write four numbers"},
      {"b\xc3\xbc"
       "cher.example",
       "xn-- form"},
      {"a b", "not allowed"},
      {"evil\x1b[31m.example", "evil\ufffd[31m.example"},
  };
  for (const Row& row : rows) {
    const auto keys = parse_target(row.word);
    ASSERT_FALSE(keys) << row.word;
    EXPECT_THAT(describe(keys.error()), HasSubstr(row.says)) << row.word;
    EXPECT_THAT(keys.error().message, testing::StartsWith("target '"));
  }
}

class TargetList : public testing::Test {
 protected:
  ~TargetList() override { std::remove(path_.c_str()); }

  Result<std::vector<model::EndpointKey>> read(const std::vector<std::string>& words,
                                               const std::string& input = {}) {
    std::istringstream standard_input(input);
    return read_targets(words, {}, standard_input);
  }
  std::string file(const std::string& text) {
    std::ofstream(path_) << text;
    return "@" + path_;
  }

  std::string path_ = testing::TempDir() + "target_list_" + std::to_string(::getpid());
};

TEST_F(TargetList, FilesAndStandardInput) {
  const auto keys =
      read({file("\xef\xbb\xbf# ours\r\n\r\na.example # the first\r\n  b.example:8443\n"), "-", "a.example"},
           "c.example\nb.example:8443");
  ASSERT_TRUE(keys) << describe(keys.error());
  EXPECT_THAT(subjects(*keys),
              ElementsAre("endpoint:-:a.example:443:a.example:-", "endpoint:-:b.example:8443:b.example:-",
                          "endpoint:-:c.example:443:c.example:-"));
}

TEST_F(TargetList, ErrorsNameTheLine) {
  EXPECT_THAT(read({file("a.example\n\nb.example:x\n")}).error().message,
              HasSubstr(path_ + ":3: target 'b.example:x'"));
  EXPECT_THAT(read({"-"}, "a b\n").error().message, HasSubstr("standard input:1: "));
  EXPECT_THAT(read({"-"}, "@more\n").error().message, HasSubstr("cannot name another list"));
  EXPECT_THAT(read({"@/absent/list"}).error().message, HasSubstr("/absent/list: cannot be read"));
  EXPECT_THAT(read({"@"}).error().message, HasSubstr("file name must follow"));
}

TEST(Target, AProtocolForTargetsThatNameNone) {
  const TargetOptions imap{.starttls = "IMAP"};
  EXPECT_THAT(subjects(*parse_target("mail.example.com", imap)),
              ElementsAre("endpoint:imap:mail.example.com:143:mail.example.com:-"));
  EXPECT_THAT(subjects(*parse_target("192.0.2.0/31:1143", imap)),
              ElementsAre("endpoint:imap:192.0.2.0:1143:-:-", "endpoint:imap:192.0.2.1:1143:-:-"));
  EXPECT_THAT(subjects(*parse_target("tls://mail.example.com:993", imap)),
              ElementsAre("endpoint:-:mail.example.com:993:mail.example.com:-"));
  EXPECT_THAT(subjects(*parse_target("pop3://mail.example.com", imap)),
              ElementsAre("endpoint:pop3:mail.example.com:110:mail.example.com:-"));
  EXPECT_EQ(parse_target("a.example", {.starttls = "gopher"}).error().kind, ErrorKind::invalid_input);
}

TEST_F(TargetList, ManyTargetsAreBounded) {
  std::istringstream none;
  const std::vector<std::string> words = {"192.0.2.0/30", "192.0.2.0/29"};
  EXPECT_TRUE(read_targets(words, {.sni = {}, .max_targets = 8}, none));
  EXPECT_EQ(read_targets(words, {.sni = {}, .max_targets = 7}, none).error().kind, ErrorKind::too_large);
}

}  // namespace
}  // namespace certherald::scan
