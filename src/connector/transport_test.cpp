#include "connector/transport.hpp"

#include <gtest/gtest.h>

#include "net/test_world.hpp"

namespace certherald::connector {
namespace {

struct Listening final : net::HttpClient {
  std::vector<net::HttpRequest> asked;
  net::Task<std::expected<net::HttpResponse, net::HttpFailure>> send(net::HttpRequest request,
                                                                     net::Deadline /*deadline*/) override {
    asked.push_back(std::move(request));
    co_return net::HttpResponse{};
  }
};

struct OnePassword final : SecretSource {
  [[nodiscard]] net::Task<Result<std::string>> resolve(model::SecretRef reference) const override {
    if (reference == model::SecretRef(model::EnvSecret{"PROXY"})) co_return "hunter2";
    co_return fail(ErrorKind::invalid_input, "the environment variable is not set");
  }
};

class Transports : public testing::Test {
 protected:
  HttpReply send() {
    Transport transport(connection, http, secrets);
    return world.run(transport.send({}, {}, net::Deadline::after(net::test::ample)));
  }

  net::test::World world;
  Listening http;
  OnePassword secrets;
  model::Connection connection;
};

TEST_F(Transports, TellTheProxyItsOwnCredentials) {
  connection.proxy = "http://proxy.example.com:3128";
  connection.proxy_username = "out";
  connection.proxy_password = model::EnvSecret{"PROXY"};
  ASSERT_TRUE(send());
  ASSERT_EQ(http.asked.size(), 1U);
  EXPECT_EQ(http.asked[0].proxy, connection.proxy);
  EXPECT_EQ(http.asked[0].proxy_username, "out");
  EXPECT_EQ(http.asked[0].proxy_password, "hunter2");
}

TEST_F(Transports, SendNothingWithoutTheProxysPassword) {
  connection.proxy = "http://proxy.example.com:3128";
  connection.proxy_username = "out";
  connection.proxy_password = model::EnvSecret{"NOBODY"};
  const HttpReply reply = send();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().sent, net::Sent::surely_not);
  EXPECT_NE(reply.error().error.message.find("proxy_password: "), std::string::npos);
  EXPECT_EQ(reply.error().error.kind, ErrorKind::refused)
      << "a lost password waits for a person, not for a retry";
  EXPECT_TRUE(http.asked.empty());
}

}  // namespace
}  // namespace certherald::connector
