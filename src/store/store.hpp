#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "outbox/repository.hpp"
#include "store/session.hpp"

namespace certherald::store {

// May opening change the schema? `no` refuses a store that is not there or that is older than the program.
enum class Migrate : std::uint8_t { no, yes };

struct StoreOptions {
  // "sqlite:DIR" or DIR: holds certherald.db; made with mode 0700 where missing. Or postgresql://...: a
  // database that is there and empty, or ours.
  std::string location;
  Migrate migrate = Migrate::yes;
  Seconds busy_timeout{30};  // how long a call waits for another process that writes
};

// The outcome of one question that `doctor` asks.
struct HealthCheck {
  enum class State : std::uint8_t { good, warning, bad } state = State::good;
  // SQLite: "integrity", "foreign keys", "durability", "disk space", "schema", "clock", "privacy".
  // PostgreSQL: "server", "durability", "primary", "encoding", "size", "schema", "clock", "server clock".
  std::string name;
  std::string message;  // one line
  std::string mend;     // "" where good

  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

// The inventory, configuration and outbox of one installation, in SQLite or PostgreSQL. Several processes may
// have the same store open. One instance may be used from several threads: calls wait for each other. A call
// from inside the function of another is a bug (`internal`).
//
// What a transaction committed survives a power cut; what it did not commit leaves no trace. Where the server
// was restarted or cut off, the transaction under way fails and the next one connects anew.
class Store final {
 public:
  // `clock` and `random` outlive the store. Errors: `invalid_input` for a location that cannot be one,
  // `storage` with the mend for all else: not writable, not a store, newer than the program, ...
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(const StoreOptions& options, const Clock& clock,
                                                           Random& random);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `work(Session&)`, which returns a Result, as one transaction: committed where it returns a value,
  // rolled back where it returns an error or throws. No network call belongs inside. Nobody else writes
  // meanwhile, in any process: what it read is still so when it writes.
  template <class F>
  [[nodiscard]] auto write(F&& work) -> std::invoke_result_t<F&, Session&> {
    return run(Mode::write, work);
  }
  // As write, but others may write meanwhile where the engine can do that (PostgreSQL). For work that takes
  // its rows by lease and epoch: deliveries, runs, scan work. What it reads may be of several moments.
  template <class F>
  [[nodiscard]] auto write_shared(F&& work) -> std::invoke_result_t<F&, Session&> {
    return run(Mode::write_shared, work);
  }
  // One consistent view; what it would write is refused.
  template <class F>
  [[nodiscard]] auto read(F&& work) -> std::invoke_result_t<F&, Session&> {
    return run(Mode::read, work);
  }
  // As write, but never committed: what would happen.
  template <class F>
  [[nodiscard]] auto rehearse(F&& work) -> std::invoke_result_t<F&, Session&> {
    return run(Mode::rehearse, work);
  }

  // The outbox whose every call is a transaction of its own. Owned by the store.
  [[nodiscard]] outbox::Repository& outbox();

  [[nodiscard]] const std::string& installation() const;  // UUID, made with the store
  [[nodiscard]] const std::string& path() const;          // of the database file, or its URL without password

  [[nodiscard]] Result<int> schema_version();  // of the store
  [[nodiscard]] static int newest_schema();    // of the program
  [[nodiscard]] Result<int> migrate();         // to the newest; returns how many steps were taken

  [[nodiscard]] Result<std::vector<HealthCheck>> doctor();

  // True as soon as anybody, in any process, may have put something into the outbox since the last call;
  // false after `timeout`. May be true for nothing, as the first call is and one after a lost connection; an
  // error means that the next call connects anew. For one thread that does nothing else: it blocks, on a
  // connection of its own, and never waits for transactions. To end the thread, give timeouts below a second
  // and look between calls.
  [[nodiscard]] Result<bool> wait_for_news(Millis timeout);

 private:
  struct Parts;
  enum class Mode : std::uint8_t { read, write, write_shared, rehearse };

  explicit Store(std::unique_ptr<Parts> parts);
  [[nodiscard]] Status transact(Mode mode, const std::function<Status(Session&)>& work);

  template <class F>
  [[nodiscard]] auto run(Mode mode, F& work) -> std::invoke_result_t<F&, Session&> {
    using R = std::invoke_result_t<F&, Session&>;
    std::optional<R> result;
    const Status done = transact(mode, [&](Session& session) -> Status {
      result.emplace(work(session));
      if (!*result) return std::unexpected(result->error());
      return {};
    });
    if (!done) return std::unexpected(done.error());
    if (!result) return std::unexpected(Error{ErrorKind::internal, "a transaction did no work", {}});
    return std::move(*result);
  }

  std::unique_ptr<Parts> parts_;
};

}  // namespace certherald::store
