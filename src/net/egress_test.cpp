#include "net/egress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_target.hpp"
#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using testing::HasSubstr;

// Notes what it is asked and answers with what it was given for the URL.
class FakeClient final : public HttpClient {
 public:
  Task<std::expected<HttpResponse, HttpFailure>> send(HttpRequest request, Deadline /*deadline*/) override {
    HttpResponse response = answers[request.url];
    sent.push_back(std::move(request));
    co_return response;
  }
  std::map<std::string, HttpResponse> answers;
  std::vector<HttpRequest> sent;
};

struct Egress : testing::Test {
  std::expected<HttpResponse, HttpFailure> get(const std::string& url, const std::string& proxy = "") {
    EgressClient client(http, resolver, guard, proxy);
    HttpRequest request;
    request.url = url;
    return world.run(client.send(std::move(request), Deadline::after(test::ample)));
  }
  test::World world;
  FakeClient http;
  StaticResolver resolver;
  EgressGuard guard;
};

TEST(EgressGuard, permits_the_public_internet_and_nothing_else) {
  const EgressGuard guard;
  for (const char* good :
       {"1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(guard.permits(good)) << good;
  }
  for (const char* bad : {"0.0.0.0",
                          "127.0.0.1",
                          "127.255.255.255",
                          "10.1.2.3",
                          "172.16.0.1",
                          "172.31.255.255",
                          "192.168.1.1",
                          "169.254.169.254",
                          "100.64.0.1",
                          "100.100.100.200",
                          "168.63.129.16",
                          "192.0.0.192",
                          "198.18.0.1",
                          "224.0.0.1",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "::ffff:127.0.0.1",
                          "::ffff:169.254.169.254",
                          "::127.0.0.1",
                          "64:ff9b::a00:1",
                          "fe80::1",
                          "fc00::1",
                          "fd00:ec2::254",
                          "ff02::1",
                          "2001::1",
                          "2002:7f00:1::",
                          "2001:db8::1",
                          "localhost",
                          ""}) {
    EXPECT_FALSE(guard.permits(bad)) << bad;
  }
}

TEST(EgressGuard, permits_what_was_allowed) {
  const auto guard = EgressGuard::make({"10.1.0.0/16", "fd00::/8"});
  ASSERT_TRUE(guard);
  EXPECT_TRUE(guard->permits("10.1.2.3"));
  EXPECT_TRUE(guard->permits("::ffff:10.1.2.3"));
  EXPECT_TRUE(guard->permits("fd12::1"));
  EXPECT_FALSE(guard->permits("10.2.0.1"));
  EXPECT_FALSE(guard->permits("fe80::1"));
  EXPECT_FALSE(EgressGuard::make({"10.0.0.0/40"}));
  EXPECT_TRUE(EgressGuard::make({"0.0.0.0/0"})->permits("127.0.0.1"));
}

TEST_F(Egress, goes_to_the_addresses_that_were_examined) {
  resolver.addresses["crl.example.com"] = {"8.8.8.8", "2606:4700::1111"};
  ASSERT_TRUE(get("http://crl.example.com/a"));
  EXPECT_EQ(http.sent.at(0).addresses, resolver.addresses["crl.example.com"]);
}

TEST_F(Egress, one_address_that_is_not_public_is_enough_to_refuse) {
  resolver.addresses["crl.example.com"] = {"8.8.8.8", "127.0.0.1"};
  for (const char* proxy : {"", "http://192.0.2.1:3128"}) {
    const auto answer = get("http://crl.example.com/a", proxy);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error.kind, ErrorKind::refused);
  }
  EXPECT_TRUE(http.sent.empty()) << "neither a server nor a proxy was told";
}

TEST_F(Egress, refuses_addresses_however_they_are_written) {
  for (const char* host :
       {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:7f00:1]", "0"}) {
    EXPECT_FALSE(get(fmt::format("http://{}/", host))) << host;
  }
  EXPECT_FALSE(get("ftp://8.8.8.8/"));
  EXPECT_FALSE(get("file:///etc/passwd"));
  EXPECT_TRUE(http.sent.empty());
}

TEST_F(Egress, a_proxy_gets_the_name_and_no_addresses) {
  resolver.addresses["crl.example.com"] = {"8.8.8.8"};
  ASSERT_TRUE(get("http://crl.example.com/a", "http://192.0.2.1:3128"));
  EXPECT_EQ(http.sent.at(0).proxy, "http://192.0.2.1:3128");
  EXPECT_TRUE(http.sent.at(0).addresses.empty());
}

TEST_F(Egress, examines_each_redirect_and_follows_three) {
  resolver.addresses["crl.example.com"] = {"8.8.8.8"};
  resolver.addresses["inside.example.com"] = {"10.0.0.1"};
  http.answers["http://crl.example.com/a"] = {302, {{"location", "http://inside.example.com/"}}, ""};
  EXPECT_EQ(get("http://crl.example.com/a").error().error.kind, ErrorKind::refused);
  EXPECT_EQ(http.sent.size(), 1U);
  http.answers["http://crl.example.com/b"] = {302, {{"location", "/b"}}, ""};
  EXPECT_THAT(get("http://crl.example.com/b").error().error.message, HasSubstr("three times"));
  EXPECT_EQ(http.sent.size(), 5U);
}

TEST(ResolveReference, as_rfc_3986_has_it) {
  EXPECT_EQ(resolve_reference("http://a.example/x/y", "z").value_or(""), "http://a.example/x/z");
  EXPECT_EQ(resolve_reference("http://a.example/x", "//b.example/y").value_or(""), "http://b.example/y");
  EXPECT_FALSE(resolve_reference("http://a.example/x", ""));
}

}  // namespace
}  // namespace certherald::net
