#include "model/connection.hpp"

#include <gtest/gtest.h>

namespace certherald::model {
namespace {

TEST(SecretName, IsOneThatCommandsAndFilesCanHold) {
  const std::string longest(64, 'a');
  for (const std::string& name : {std::string("a"), std::string("desk.token-1_A"), longest})
    EXPECT_TRUE(is_secret_name(name)) << name;
  for (const std::string& name : {std::string(), longest + "a", std::string("a b"), std::string("a/b"),
                                  std::string("\xc3\xa9"), std::string("a\n"), std::string("a\0", 2)})
    EXPECT_FALSE(is_secret_name(name)) << name;
}

TEST(Connection, TellsWhichStoredSecretsItUses) {
  Connection connection;
  EXPECT_FALSE(uses_secret(connection, "a"));
  connection.password = EnvSecret{"a"};
  connection.auth_token = FileSecret{"a"};
  EXPECT_FALSE(uses_secret(connection, "a"));
  connection.password = StoredSecret{"a"};
  EXPECT_TRUE(uses_secret(connection, "a"));
  EXPECT_FALSE(uses_secret(connection, "b"));
  connection.auth_token = StoredSecret{"b"};
  connection.proxy_password = StoredSecret{"c"};
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(uses_secret(connection, name)) << name;
}

}  // namespace
}  // namespace certherald::model
