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
  out.reserve(keys.size());
  for (const model::EndpointKey& key : keys) out.push_back(model::subject_text(key));
  return out;
}

std::vector<model::EndpointKey> all(const TargetList& list) {
  std::vector<model::EndpointKey> out;
  TargetCursor cursor(list);
  while (auto key = cursor.next()) out.push_back(std::move(*key));
  return out;
}

// What a word stands for, "host:port" each.
std::vector<std::string> places(std::string_view word) {
  std::vector<std::string> out;
  const auto spec = parse_target(word);
  if (!spec) return {describe(spec.error())};
  out.reserve(spec->size());
  for (std::uint64_t i = 0; i < spec->size(); ++i) out.push_back(model::display_name(spec->at(i)));
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
    const auto spec = parse_target(row.word);
    ASSERT_TRUE(spec) << row.word << ": " << describe(spec.error());
    EXPECT_EQ(spec->size(), 1U);
    EXPECT_EQ(model::subject_text(spec->at(0)), row.subject) << row.word;
  }
}

TEST(Target, OneWordManyEndpoints) {
  struct Row {
    const char* word;
    std::vector<std::string> places;
  };
  const std::vector<Row> rows = {
      {"192.0.2.7/30:8443", {"192.0.2.4:8443", "192.0.2.5:8443", "192.0.2.6:8443", "192.0.2.7:8443"}},
      {"[2001:db8::ffff]/127:1", {"[2001:db8::fffe]:1", "[2001:db8::ffff]:1"}},
      {"10.0.0.255-10.0.1.1", {"10.0.0.255:443", "10.0.1.0:443", "10.0.1.1:443"}},
      {"10.0.0.1-3:993", {"10.0.0.1:993", "10.0.0.2:993", "10.0.0.3:993"}},
      {"10.0.0.1-1", {"10.0.0.1:443"}},
      {"255.255.255.254-255", {"255.255.255.254:443", "255.255.255.255:443"}},
      {"2001:db8::ffff-2001:db8::1:0", {"[2001:db8::ffff]:443", "[2001:db8::1:0]:443"}},
      {"[2001:db8:0:0:ffff:ffff:ffff:ffff-2001:db8:0:1::]:8443",
       {"[2001:db8::ffff:ffff:ffff:ffff]:8443", "[2001:db8:0:1::]:8443"}},
      {"a.example:443,8443,9000-9002",
       {"a.example:443", "a.example:8443", "a.example:9000", "a.example:9001", "a.example:9002"}},
      {"10.0.0.0/31:1,2", {"10.0.0.0:1", "10.0.0.0:2", "10.0.0.1:1", "10.0.0.1:2"}},
      {"[::1]:1-2", {"[::1]:1", "[::1]:2"}},
      {"a.example:1,2@192.0.2.1", {"a.example:1", "a.example:2"}},
      {"10.0.0.1-20.example:1", {"10.0.0.1-20.example:1"}},  // a name
      {"web-1.example", {"web-1.example:443"}},
  };
  for (const Row& row : rows) EXPECT_EQ(places(row.word), row.places) << row.word;
  const auto wide = places("10.0.0.0/16");
  EXPECT_EQ(wide.size(), 65'536U);
  EXPECT_EQ(wide.back(), "10.0.255.255:443");
  EXPECT_EQ(places("2001:db8::/112").back(), "[2001:db8::ffff]:443");
  EXPECT_EQ(parse_target("192.0.2.0/30", {.sni = "shop.example.com"})->at(3).sni, "shop.example.com");
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
      {"10.0.0.1-10.1.0.1", "the range holds more than 65536 addresses (give it in parts)"},
      {"[2001:db8::-2001:db9::]", "the range holds more than 65536 addresses (give it in parts)"},
      {"10.0.0.9-1", "the range runs backwards (write the smaller address first)"},
      {"10.0.0.1-256", "not the last address (write 10.0.0.1-10.0.0.20 or 10.0.0.1-20)"},
      {"10.0.0.1-", "not the last address (write 10.0.0.1-10.0.0.20 or 10.0.0.1-20)"},
      {"2001:db8::1-20", "not the last address (write [2001:db8::1-2001:db8::20]:443)"},
      {"[::1-10.0.0.1]", "of IPv4 or of IPv6 addresses, not of both"},
      {"10.0.0.1-20@192.0.2.1", "cannot be connected to one address"},
      {"[2001:db8::1-2001:db8::9]/120", "a range and a block at once"},
      {"10.0.0.1-20/24", "a slash may only follow an IP address"},
      {"host:443,", "the port is not a number from 1 to 65535 (write host:443 or host:443,8443,9000-9010)"},
      {"host:9010-9000", "the ports 9010-9000 run backwards (write 9000-9010)"},
      {"host:1-70000", "from 1 to 65535"},
      {"host:0-5", "from 1 to 65535"},
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

class TargetLists : public testing::Test {
 protected:
  ~TargetLists() override { std::remove(path_.c_str()); }

  Result<std::vector<model::EndpointKey>> read(const std::vector<std::string>& words,
                                               const std::string& input = {}) {
    std::istringstream standard_input(input);
    const auto list = read_targets(words, {}, standard_input);
    if (!list) return fail(list.error());
    auto keys = all(*list);
    EXPECT_EQ(keys.size(), list->size());
    return keys;
  }
  std::string file(const std::string& text) {
    std::ofstream(path_) << text;
    return "@" + path_;
  }

  std::string path_ = testing::TempDir() + "target_list_" + std::to_string(::getpid());
};

TEST_F(TargetLists, FilesAndStandardInput) {
  const auto keys =
      read({file("\xef\xbb\xbf# ours\r\n\r\na.example # the first\r\n  b.example:8443\n"), "-", "a.example"},
           "c.example\nb.example:8443");
  ASSERT_TRUE(keys) << describe(keys.error());
  EXPECT_THAT(subjects(*keys),
              ElementsAre("endpoint:-:a.example:443:a.example:-", "endpoint:-:b.example:8443:b.example:-",
                          "endpoint:-:c.example:443:c.example:-"));
}

TEST_F(TargetLists, ErrorsNameTheLine) {
  EXPECT_THAT(read({file("a.example\n\nb.example:x\n")}).error().message,
              HasSubstr(path_ + ":3: target 'b.example:x'"));
  EXPECT_THAT(read({"-"}, "a b\n").error().message, HasSubstr("standard input:1: "));
  EXPECT_THAT(read({"-"}, "@more\n").error().message, HasSubstr("cannot name another list"));
  EXPECT_THAT(read({"@/absent/list"}).error().message, HasSubstr("/absent/list: cannot be read"));
  EXPECT_THAT(read({"@"}).error().message, HasSubstr("file name must follow"));
}

TEST(Target, AProtocolForTargetsThatNameNone) {
  struct Row {
    const char* word;
    const char* subject;
  };
  const std::vector<Row> rows = {
      {"mail.example.com", "endpoint:imap:mail.example.com:143:mail.example.com:-"},
      {"192.0.2.0/31:1143", "endpoint:imap:192.0.2.0:1143:-:-"},
      {"tls://mail.example.com:993", "endpoint:-:mail.example.com:993:mail.example.com:-"},
      {"pop3://mail.example.com", "endpoint:pop3:mail.example.com:110:mail.example.com:-"},
  };
  for (const Row& row : rows) {
    const auto spec = parse_target(row.word, {.starttls = "IMAP"});
    ASSERT_TRUE(spec) << row.word << ": " << describe(spec.error());
    EXPECT_EQ(model::subject_text(spec->at(0)), row.subject);
  }
  EXPECT_EQ(parse_target("a.example", {.starttls = "gopher"}).error().kind, ErrorKind::invalid_input);
}

TEST_F(TargetLists, EachOnceHoweverItIsNamed) {
  const auto keys =
      read({"10.0.0.2", "10.0.0.1-3:443,443,8443", "10.0.0.0/30", "[::10.0.0.1]", "a.example:1,1"});
  ASSERT_TRUE(keys) << describe(keys.error());
  std::vector<std::string> names;
  for (const model::EndpointKey& key : *keys) names.push_back(model::display_name(key));
  EXPECT_THAT(names,
              ElementsAre("10.0.0.2:443", "10.0.0.1:443", "10.0.0.1:8443", "10.0.0.2:8443", "10.0.0.3:443",
                          "10.0.0.3:8443", "10.0.0.0:443", "[::10.0.0.1]:443", "a.example:1"));
}

TEST_F(TargetLists, AHundredThousandEndpointsAreNotWrittenOut) {
  std::istringstream none;
  const std::vector<std::string> words = {"10.0.0.0/16", "10.1.0.0/17:443,8443"};
  const auto list = read_targets(words, {}, none);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->size(), 131'072U);
  EXPECT_EQ(list->specs().size(), 2U);
}

TEST_F(TargetLists, ManyTargetsAreBounded) {
  std::istringstream none;
  const std::vector<std::string> words = {"192.0.2.0/30", "192.0.2.0/29"};
  EXPECT_TRUE(read_targets(words, {.sni = {}, .starttls = {}, .max_targets = 8}, none));
  const std::vector<std::string> wide = {"10.0.0.0/16:1-65535"};
  EXPECT_THAT(read_targets(wide, {}, none).error().message, "more than 1000000 targets");
  EXPECT_EQ(read_targets(words, {.sni = {}, .starttls = {}, .max_targets = 7}, none).error().kind,
            ErrorKind::too_large);
}

TEST(Target, PortsOfTargetsThatNameNeitherPortNorProtocol) {
  TargetOptions options;
  const auto ports = parse_ports("443, 8000-8001");
  ASSERT_TRUE(ports) << describe(ports.error());
  options.ports = *ports;
  const std::pair<const char*, std::uint64_t> rows[] = {{"10.0.0.0/30", 12},
                                                        {"10.0.0.1:9", 1},
                                                        {"smtp://10.0.0.1", 1},
                                                        {"https://10.0.0.1", 1},
                                                        {"a.example.com", 3}};
  for (const auto& [word, size] : rows) {
    const auto spec = parse_target(word, options);
    ASSERT_TRUE(spec) << word;
    EXPECT_EQ(spec->size(), size) << word;
  }
  for (const char* text : {"", "0", "443,", "65536", "8001-8000", "443-", "https"})
    EXPECT_FALSE(parse_ports(text)) << text;
}

}  // namespace
}  // namespace certherald::scan
