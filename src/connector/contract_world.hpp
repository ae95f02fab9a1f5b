#pragma once

// For tests only: a connector, the double it talks to, and both by name.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "connector/connector.hpp"
#include "connector/desk_double.hpp"
#include "net/resolver.hpp"
#include "net/test_world.hpp"

namespace certherald::connector::test {

// One of the connections that every contract test runs for.
struct System {
  std::string label;
  std::string name;  // what the double calls it
  model::ConnectionType type = model::ConnectionType::servicedesk_plus;
  std::string key_field;
  std::string secret;
  std::string note_method;
  std::string test_lines;  // of a connection test without a ticket, where all is well
};
[[nodiscard]] std::vector<System> systems();
[[nodiscard]] std::string system_name(const testing::TestParamInfo<System>& info);

struct FixedSecret final : SecretSource {
  std::string value;
  [[nodiscard]] net::Task<Result<std::string>> resolve(model::SecretRef /*reference*/) const override {
    if (value.empty()) co_return fail(ErrorKind::invalid_input, "no such secret");
    co_return value;
  }
};

[[nodiscard]] inline boost::json::value json_text(const std::string& text) {
  return boost::json::string(text);
}

// "ok reachable", "failed credentials", ... a line each.
[[nodiscard]] std::string shown(const std::vector<TestLine>& lines);

// Starts the double once for a test suite and empties it before each test; after each, its journal holds no
// violation of either system's protocol.
class ContractTest : public testing::Test {
 protected:
  explicit ContractTest(System which);
  static void SetUpTestSuite() { shared_ = std::make_unique<Desk>(); }
  static void TearDownTestSuite() { shared_.reset(); }
  void SetUp() override { desk().reset(); }
  void TearDown() override;

  [[nodiscard]] static const Desk& desk() { return *shared_; }
  [[nodiscard]] static model::TicketDraft draft(std::string_view which = "one");

  // Calls of the connector, each with a client of its own.
  [[nodiscard]] model::Outcome find(const model::TicketDraft& draft);
  [[nodiscard]] model::Outcome read(const model::RemoteTicket& ticket, const model::TicketDraft& draft);
  [[nodiscard]] model::Outcome create(const model::TicketDraft& draft);
  [[nodiscard]] model::Outcome find_note(const model::RemoteTicket& ticket, const std::string& marker);
  [[nodiscard]] model::Outcome add_note(const model::RemoteTicket& ticket, const model::TicketDraft& note,
                                        const std::string& marker);
  [[nodiscard]] std::vector<TestLine> test(TestTicket ticket);

  // What the double holds.
  [[nodiscard]] boost::json::array tickets() const;
  [[nodiscard]] boost::json::object only_ticket() const;
  void seed(int count) const;
  // Every request of that method goes wrong until the faults are cleared.
  void fault(const std::string& method, const std::string& action);
  [[nodiscard]] static std::int64_t applied(const std::string& action);  // since they were cleared
  void clear_faults() {
    desk().control("DELETE", "faults");
    patience = net::test::ample;
  }

  System system;
  model::Connection connection;
  FixedSecret secrets;
  Millis patience = net::test::ample;
  bool violations_allowed = false;

 private:
  template <class T, class Call>
  T call(Call make);

  static inline std::unique_ptr<Desk> shared_;
};

}  // namespace certherald::connector::test
