#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "connector/connector.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "net/awaitable.hpp"
#include "net/deadline.hpp"
#include "net/http.hpp"
#include "net/scope.hpp"
#include "outbox/circuit.hpp"
#include "outbox/machine.hpp"
#include "outbox/repository.hpp"

namespace certherald::app {

// What the loop tells while it works, for progress and logs. Called on the loop's executor.
struct DeliveryEvent {
  // held: a look-up that has to go before everything, after a restore, was not answered. released: all were.
  enum class Kind : std::uint8_t {
    sent,
    adopted,
    parked,
    delayed,
    circuit_opened,
    store_failed,
    held,
    released
  };
  Kind kind = Kind::sent;
  std::string connection;
  model::Delivery delivery;  // as it is now; empty where it is about the connection
  std::string message;       // one line
};

struct DeliveryLoopOptions {
  std::string worker;              // unique for each process
  Seconds lease_margin{30};        // a lease lasts for one request's timeout, and this
  std::size_t per_connection = 4;  // deliveries of one connection at once, each of another key
  std::function<void(const DeliveryEvent&)> on_event = [](const DeliveryEvent&) {};
};

// Moves deliveries from the outbox to ticketing systems: claim, ask the machine, commit, do one call, feed
// the outcome back. Every decision is the machine's; this is only the hand that carries. A connection that a
// restore holds gets nothing before its Reconciliation has looked up every open key.
class DeliveryLoop final {
 public:
  // All references outlive the loop. `store_pool` has one thread: the store's.
  DeliveryLoop(outbox::Repository& outbox, std::vector<model::Connection> connections, net::HttpClient& http,
               const connector::SecretSource& secrets, boost::asio::thread_pool& store_pool,
               const Clock& clock, Random& random, DeliveryLoopOptions options);
  ~DeliveryLoop();
  DeliveryLoop(const DeliveryLoop&) = delete;
  DeliveryLoop& operator=(const DeliveryLoop&) = delete;

  // Works until nothing is held or left to do, until all that is left waits behind an open circuit
  // (credentials, wrong address: waiting cannot mend that), or until the deadline. An error is the store's.
  net::Task<Status> drain(net::Deadline deadline);

  // Works until stop() or until it is cancelled. A store that fails is told as an event and asked again; an
  // open circuit is probed when its pause is over.
  net::Task<void> serve();

  // There may be something new: nobody need wait for the next look.
  void wake();

  // What is under way is finished, and nothing else begun.
  void stop();

  // Names of the connections that are not used for now.
  [[nodiscard]] std::vector<std::string> open_circuits() const;

 private:
  struct Lane;  // one connection

  enum class Mode : std::uint8_t { drain, serve };
  enum class Worked : std::uint8_t { no, yes };

  net::Task<Status> tend(Mode mode, net::Deadline deadline);
  net::Task<Status> tend_lane(Lane& lane, Mode mode, net::Deadline deadline);
  net::Task<Status> look_up_held(Lane& lane, Mode mode, net::Deadline deadline);
  net::Task<Result<Worked>> try_to_release(Lane& lane);
  net::Task<Status> bear_failure(Lane& lane, Mode mode);
  [[nodiscard]] bool is_open(const Lane& lane) const;
  [[nodiscard]] std::size_t room(const Lane& lane) const;
  net::Task<Result<Worked>> take(Lane& lane, net::Scope& carrying);
  net::Task<Worked> take_due(Lane& lane, net::Scope& carrying);
  net::Task<void> carry(Lane& lane, outbox::Claimed claimed, bool probe);
  net::Task<Result<std::optional<Instant>>> next_due(const Lane& lane);
  [[nodiscard]] Millis wait_for(const Lane& lane, std::optional<Instant> due, net::Deadline deadline) const;
  net::Task<Status> deliver(Lane& lane, outbox::Claimed claimed);
  net::Task<Status> give_back(outbox::Claimed claimed);
  net::Task<model::Outcome> perform(Lane& lane, outbox::Action action, const outbox::Claimed& claimed,
                                    net::Deadline deadline);
  void note(Lane& lane, const outbox::Step& step, const model::Outcome& outcome);

  outbox::Repository& outbox_;
  boost::asio::thread_pool& store_pool_;
  const Clock& clock_;
  Random& random_;
  DeliveryLoopOptions options_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  bool stopping_ = false;
};

}  // namespace certherald::app
