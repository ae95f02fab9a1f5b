#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/delivery.hpp"
#include "model/notice.hpp"
#include "model/observation.hpp"
#include "store/store.hpp"

// What every engine of the store must do alike. An engine joins by a row in the table of contract.cpp.
namespace certherald::contract {

// A place where stores of one engine live for the time of a test.
class Home {
 public:
  virtual ~Home() = default;
  // Opens the same store each time; several may be open at once, as by several processes.
  [[nodiscard]] virtual Result<std::unique_ptr<store::Store>> open(
      const Clock& clock, store::Migrate migrate = store::Migrate::yes) = 0;
  // Statements behind the store's back, before it is made too; returns a line for each row of the last,
  // columns split by |.
  virtual std::string sql(const std::string& text) = 0;
  // Of db/migrations.
  [[nodiscard]] virtual std::string spelled(const std::string& migration) const = 0;
};

struct EngineUnderTest {
  std::string name;
  std::function<std::unique_ptr<Home>()> make_home;
};

[[nodiscard]] const std::vector<EngineUnderTest>& engines_under_test();

// Makes a store of the first schema with a row in every table.
void make_old_store(Home& home, const EngineUnderTest& engine);

inline void PrintTo(const EngineUnderTest& engine, std::ostream* out) { *out << engine.name; }

class Contract : public testing::TestWithParam<EngineUnderTest> {
 protected:
  void SetUp() override;

  [[nodiscard]] std::unique_ptr<store::Store> open_another();

  FakeClock clock_{Instant(Seconds(1'800'000'000))};
  std::unique_ptr<Home> home_;
  std::unique_ptr<store::Store> store_;
};

// A folder under the system's temporary one; removed with all it holds.
class TemporaryFolder final {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Values that fill every field, told apart by `n`.
[[nodiscard]] model::Certificate certificate(int n, Instant not_after);
[[nodiscard]] model::EndpointKey key(int n);
[[nodiscard]] model::Endpoint endpoint(int n);
[[nodiscard]] model::Observation observation(const model::EndpointKey& endpoint, const std::string& address,
                                             Instant at, const model::Certificate& leaf);
[[nodiscard]] model::Finding finding(int n, Instant at);  // about endpoint n, at 192.0.2.n
[[nodiscard]] model::Notice notice(model::FindingId finding, std::int64_t period, Instant planned_at);
[[nodiscard]] model::Delivery delivery(model::NoticeId notice, const std::string& ticket_key, Instant at);

// The value of a Result, or a thrown description of its error, which fails the test.
template <class T>
[[nodiscard]] T must(Result<T> result) {
  if (!result) throw std::runtime_error(describe(result.error()));
  return std::move(*result);
}
inline void must(Status status) {
  if (!status) throw std::runtime_error(describe(status.error()));
}

// Whether it went well, without its value.
template <class T>
[[nodiscard]] Status done(const Result<T>& result) {
  if (!result) return fail(result.error());
  return {};
}

// In one transaction: endpoint n with an open finding; and with it a notice and a delivery for a ticket key.
[[nodiscard]] model::Finding put_finding(store::Store& store, int n, Instant at);
[[nodiscard]] model::Delivery put_delivery(store::Store& store, const model::Finding& finding,
                                           std::int64_t period, const std::string& ticket_key, Instant at);

// Observes as the pipeline does: what is known, what changes, apply.
void observe(store::Store& store, const model::Observation& observation);

}  // namespace certherald::contract
