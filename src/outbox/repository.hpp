#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"

namespace certherald::outbox {

// Who works on deliveries, and until when it may: a lease that ended may be taken over by another.
struct Lease {
  std::string worker;      // unique for each process
  std::int64_t epoch = 0;  // grows with each claim of a delivery: an old holder cannot write
  Instant until{};
};

struct Claimed {
  model::Delivery delivery;
  Lease lease;
  std::optional<model::Ticket> ticket;  // ours for (connection, key), where known
};

// A key under which a ticket may be open: ours is, or a delivery for it is not final.
struct OpenKey {
  model::TicketDraft draft;             // key and subject, what a look-up needs
  std::optional<model::Ticket> ticket;  // ours, where known
};

// Port of the outbox. Every call is a transaction of its own.
class Repository {
 public:
  virtual ~Repository() = default;

  // Puts new deliveries into the outbox (inside the caller's transaction); returns them with ids.
  [[nodiscard]] virtual Result<model::Delivery> add(const model::Delivery& delivery) = 0;

  // Up to `limit` deliveries to one connection that are due at `now` and not leased, oldest first, at most
  // one for a key and none while an earlier one for the key is not final (done or dropped): strict order for
  // one key. None while the connection is held. They are leased until `now + lease`.
  [[nodiscard]] virtual Result<std::vector<Claimed>> claim(const std::string& connection,
                                                           const std::string& worker, Instant now,
                                                           Seconds lease, std::size_t limit) = 0;

  // Writes a delivery's new state, and the ticket it learned of, in one transaction; a conflict where the
  // lease was lost. `release` gives the lease back, `keep` keeps and prolongs it.
  enum class Hold : std::uint8_t { keep, release };
  [[nodiscard]] virtual Status save(const Claimed& claimed, const std::optional<model::Ticket>& ticket,
                                    Hold hold) = 0;

  // Names of connections that have deliveries that are not final.
  [[nodiscard]] virtual Result<std::vector<std::string>> connections_with_work() = 0;

  // When the next delivery of any of these becomes due; nothing where none is pending.
  [[nodiscard]] virtual Result<std::optional<Instant>> next_due(
      const std::vector<std::string>& connections) = 0;

  // A restored store does not know what was sent since its backup. Deliveries to a connection are held until
  // every open key was looked up; `save_found` writes what a ticket of ours was found to be, where we still
  // have it, and `release` ends the hold.
  [[nodiscard]] virtual Result<bool> is_held(const std::string& connection) = 0;
  [[nodiscard]] virtual Result<std::vector<OpenKey>> open_keys(const std::string& connection) = 0;  // by key
  [[nodiscard]] virtual Status save_found(const model::Ticket& ticket) = 0;
  [[nodiscard]] virtual Status release(const std::string& connection) = 0;
};

}  // namespace certherald::outbox
