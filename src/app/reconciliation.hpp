#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/thread_pool.hpp>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "connector/connector.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/awaitable.hpp"
#include "outbox/repository.hpp"

namespace certherald::app {

// Ends the hold that a restore put on one connection: looks up every open key, writes what our tickets were
// found to be, and releases the connection only when each was found or is surely absent. Reads only in the
// ticketing system. What stays unanswered is asked again by the next go_on, which goes on where it stopped; a
// process that ends in between begins anew.
class Reconciliation final {
 public:
  // All references outlive it. `store_pool` has one thread: the store's.
  Reconciliation(outbox::Repository& outbox, boost::asio::thread_pool& store_pool, const Clock& clock,
                 const model::Connection& connection)
      : outbox_(outbox), store_pool_(store_pool), clock_(clock), connection_(connection) {}

  enum class State : std::uint8_t {
    free,        // it was not held
    released,    // it is not held any more
    unanswered,  // a look-up told nothing: `outcome`
    stopped,     // `stops` said so
  };
  struct Turn {
    State state = State::free;
    std::size_t answered = 0;
    std::size_t keys = 0;  // open ones in all
    model::Outcome outcome;
  };

  // An error is the store's.
  net::Task<Result<Turn>> go_on(connector::Connector& connector, std::function<bool()> stops);

 private:
  net::Task<Result<bool>> prepare();  // false where nothing is held
  net::Task<Status> note(const outbox::OpenKey& key, const model::Outcome& found);
  net::Task<Status> release();

  outbox::Repository& outbox_;
  boost::asio::thread_pool& store_pool_;
  const Clock& clock_;
  const model::Connection& connection_;
  bool listed_ = false;
  std::vector<outbox::OpenKey> keys_;
  std::size_t answered_ = 0;
};

// One line for people.
[[nodiscard]] std::string describe_hold(const Reconciliation::Turn& turn);

}  // namespace certherald::app
