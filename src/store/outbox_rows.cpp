#include <algorithm>
#include <array>
#include <map>

#include "store/engine.hpp"
#include "store/holds.hpp"
#include "store/json_columns.hpp"
#include "store/json_rows.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

using model::Delivery;
using model::DeliveryState;
using model::Ticket;
using outbox::Claimed;

constexpr std::string_view delivery_columns =
    "d.id, d.notice_id, d.connection, d.kind, d.ticket_key, d.draft, d.state, d.attempts, d.creates, "
    "d.created_at, "
    "d.next_at, d.sent_at, d.last_error, d.lease_epoch";
using DeliveryRows =
    Rows<model::DeliveryId, model::NoticeId, std::string, std::string, std::string, std::string, std::string,
         int, int, Instant, Instant, std::optional<Instant>, std::string, std::int64_t>;

// Of deliveries d: first of those with its key that are not final, and nobody has to decide about it.
constexpr std::string_view is_head =
    "d.is_final = 0 AND d.state <> 'parked' AND NOT EXISTS (SELECT 1 FROM deliveries b WHERE b.connection = "
    "d.connection AND b.ticket_key = d.ticket_key AND b.is_final = 0 AND b.id < d.id)";

constexpr std::size_t rows_at_once = 1'000;  // of one statement

constexpr std::string_view delivery_names =
    "notice_id, connection, kind, ticket_key, draft, state, is_final, attempts, creates, created_at, "
    "next_at, "
    "sent_at, updated_at, last_error";
constexpr auto text = ValueKind::text;
constexpr auto integer = ValueKind::integer;
constexpr std::array<Engine::JsonColumn, 14> delivery_list = {{{"notice_id", integer},
                                                               {"connection", text},
                                                               {"kind", text},
                                                               {"ticket_key", text},
                                                               {"draft", text},
                                                               {"state", text},
                                                               {"is_final", integer},
                                                               {"attempts", integer},
                                                               {"creates", integer},
                                                               {"created_at", integer},
                                                               {"next_at", integer},
                                                               {"sent_at", integer},
                                                               {"updated_at", integer},
                                                               {"last_error", text}}};

Delivery to_delivery(DeliveryRows::Row& row) {
  auto& [id, notice, connection, kind, key, draft, state, attempts, creates, created, next, sent, error,
         epoch] = row;
  Delivery out;
  out.id = id;
  out.notice = notice;
  out.connection = std::move(connection);
  out.kind = require(model::delivery_kind_from(kind), "delivery kind", kind);
  out.draft = draft_from_json(std::move(key), draft);
  out.state = require(model::delivery_state_from(state), "delivery state", state);
  out.attempts = attempts;
  out.creates = creates;
  out.created_at = created;
  out.next_at = next;
  out.sent_at = sent;
  out.last_error = std::move(error);
  return out;
}

bool is_final(DeliveryState state) { return state == DeliveryState::done || state == DeliveryState::dropped; }

constexpr std::string_view ticket_columns =
    "t.id, t.connection, t.ticket_key, t.finding_id, t.subject, t.remote_id, t.number, t.url, t.status, "
    "t.is_open, "
    "t.duplicates, t.created_at, t.updated_at";
template <class... More>
using TicketRows =
    Rows<model::TicketId, std::string, std::string, std::optional<std::int64_t>, std::string, std::string,
         std::string, std::string, std::string, bool, int, Instant, Instant, More...>;

template <class Row>
Ticket to_ticket(Row& row) {
  Ticket out;
  out.id = std::get<0>(row);
  out.connection = std::move(std::get<1>(row));
  out.key = std::move(std::get<2>(row));
  out.finding = {std::get<3>(row).value_or(0)};
  out.subject = std::move(std::get<4>(row));
  out.remote = {std::move(std::get<5>(row)), std::move(std::get<6>(row)), std::move(std::get<7>(row)),
                std::move(std::get<8>(row)), std::get<9>(row)};
  out.duplicates = std::get<10>(row);
  out.created_at = std::get<11>(row);
  out.updated_at = std::get<12>(row);
  return out;
}

std::optional<Ticket> known_ticket(Engine& engine, const std::string& connection, const std::string& key) {
  TicketRows<> rows(
      engine,
      fmt::format("SELECT {} FROM tickets t WHERE t.connection = :connection AND t.ticket_key = :key",
                  ticket_columns),
      connection, key);
  auto row = rows.next();
  if (!row) return std::nullopt;
  return to_ticket(*row);
}

// The finding, episode and period are those of the notice: they are what told() asks for later.
void write_ticket(Engine& engine, const Delivery& delivery, const Ticket& ticket) {
  execute(engine,
          "INSERT INTO tickets (connection, ticket_key, finding_id, episode, period, subject, remote_id, "
          "number, url, "
          "status, is_open, duplicates, created_at, updated_at) SELECT :connection, :key, n.finding_id, "
          "n.episode, "
          "n.period, :subject, :remote_id, :number, :url, :status, :is_open, :duplicates, :created, :updated "
          "FROM "
          "notices n WHERE n.id = :notice ON CONFLICT (connection, ticket_key) DO UPDATE SET subject = "
          "excluded.subject, "
          "remote_id = excluded.remote_id, number = excluded.number, url = excluded.url, status = "
          "excluded.status, "
          "is_open = excluded.is_open, duplicates = excluded.duplicates, updated_at = excluded.updated_at",
          ticket.connection, ticket.key, storable(ticket.subject), storable(ticket.remote.remote_id),
          storable(ticket.remote.number), storable(ticket.remote.url), storable(ticket.remote.status),
          ticket.remote.open, ticket.duplicates, ticket.created_at, ticket.updated_at, delivery.notice);
}

}  // namespace

Result<Delivery> Session::add(const Delivery& delivery) {
  return engine_.guard([&]() -> Result<Delivery> {
    const auto id = first_value<model::DeliveryId>(
        engine_,
        "INSERT INTO deliveries (notice_id, connection, kind, ticket_key, draft, state, is_final, attempts, "
        "creates, "
        "created_at, next_at, sent_at, updated_at, last_error) VALUES (:notice, :connection, :kind, :key, "
        ":draft, "
        ":state, :is_final, :attempts, :creates, :created, :next, :sent, :updated, :error) "
        "ON CONFLICT (notice_id) DO NOTHING RETURNING id",
        delivery.notice, delivery.connection, to_string(delivery.kind), delivery.draft.key,
        draft_to_json(delivery.draft), to_string(delivery.state), is_final(delivery.state), delivery.attempts,
        delivery.creates, delivery.created_at, delivery.next_at, delivery.sent_at, delivery.created_at,
        storable(delivery.last_error));
    if (!id) return fail(ErrorKind::conflict, "notice {} is on its way already", delivery.notice.value);
    engine_.announce();
    Delivery out = delivery;
    out.id = *id;
    return out;
  });
}

Status Session::add_all(std::span<const Delivery> deliveries) {
  return engine_.guard([&]() -> Status {
    while (!deliveries.empty()) {
      const auto some = deliveries.first(std::min(rows_at_once, deliveries.size()));
      deliveries = deliveries.subspan(some.size());
      JsonRows list;
      for (const Delivery& d : some) {
        list.add(d.notice, d.connection, to_string(d.kind), d.draft.key, draft_to_json(d.draft),
                 to_string(d.state), is_final(d.state), d.attempts, d.creates, d.created_at, d.next_at,
                 d.sent_at, d.created_at, d.last_error);
      }
      const std::int64_t added =
          execute(engine_,
                  fmt::format("INSERT INTO deliveries ({0}) SELECT {0} FROM {1} r WHERE 1 = 1 "
                              "ON CONFLICT (notice_id) DO NOTHING",
                              delivery_names, engine_.row_list(":list", delivery_list)),
                  std::move(list).take());
      if (added != static_cast<std::int64_t>(some.size())) {
        return fail(ErrorKind::conflict, "a notice is on its way already");
      }
      engine_.announce();
    }
    return {};
  });
}

Result<std::vector<Claimed>> Session::claim(const std::string& connection, const std::string& worker,
                                            Instant now, Seconds lease, std::size_t limit) {
  return engine_.guard([&]() -> Result<std::vector<Claimed>> {
    std::vector<Claimed> out;
    {
      DeliveryRows rows(engine_,
                        fmt::format("SELECT {} FROM deliveries d WHERE d.connection = :connection AND {} AND "
                                    "NOT EXISTS (SELECT 1 FROM settings h WHERE h.name = :hold) AND "
                                    "d.next_at <= :now AND (d.lease_until IS NULL OR d.lease_until <= :free) "
                                    "ORDER BY d.id LIMIT :limit{}",
                                    delivery_columns, is_head, engine_.take_rows("d")),
                        connection, hold_name(connection), now, now, limit);
      while (auto row = rows.next()) {
        const std::int64_t epoch = std::get<13>(*row) + 1;
        out.push_back({to_delivery(*row), {worker, epoch, now + lease}, {}});
      }
    }
    for (Claimed& claimed : out) {
      execute(engine_,
              "UPDATE deliveries SET lease_worker = :worker, lease_epoch = :epoch, lease_until = :until, "
              "lease_seconds = :seconds WHERE id = :id",
              worker, claimed.lease.epoch, claimed.lease.until, lease, claimed.delivery.id);
      claimed.ticket = known_ticket(engine_, connection, claimed.delivery.draft.key);
    }
    return out;
  });
}

Status Session::save(const Claimed& claimed, const std::optional<Ticket>& ticket, Hold hold) {
  return engine_.guard([&]() -> Status {
    const Delivery& delivery = claimed.delivery;
    const Instant now = clock_.now();
    const bool keep = hold == Hold::keep;
    const std::int64_t written =
        execute(engine_,
                "UPDATE deliveries SET state = :state, is_final = :is_final, attempts = :attempts, creates = "
                ":creates, "
                "next_at = :next, sent_at = :sent, last_error = :error, updated_at = :updated, "
                "lease_worker = CASE WHEN :keep_worker = 1 THEN lease_worker END, "
                "lease_until = CASE WHEN :keep_until = 1 THEN :now + lease_seconds END "
                "WHERE id = :id AND lease_epoch = :epoch AND lease_worker = :worker",
                to_string(delivery.state), is_final(delivery.state), delivery.attempts, delivery.creates,
                delivery.next_at, delivery.sent_at, storable(delivery.last_error), now, keep, keep, now,
                delivery.id, claimed.lease.epoch, claimed.lease.worker);
    if (written == 0) {
      return fail(ErrorKind::conflict, "another worker took over delivery {}", delivery.id.value);
    }
    if (ticket) write_ticket(engine_, delivery, *ticket);
    return {};
  });
}

Result<std::vector<std::string>> Session::connections_with_work() {
  return engine_.guard([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    Rows<std::string> rows(
        engine_,
        "SELECT DISTINCT connection FROM deliveries WHERE is_final = 0 AND state <> 'parked' "
        "ORDER BY connection");
    while (auto row = rows.next()) out.push_back(std::move(std::get<0>(*row)));
    return out;
  });
}

Result<std::optional<Instant>> Session::next_due(const std::vector<std::string>& connections) {
  return engine_.guard([&]() -> Result<std::optional<Instant>> {
    return first_value<std::optional<Instant>>(
               engine_,
               fmt::format(
                   "SELECT min(CASE WHEN d.lease_until IS NOT NULL AND d.lease_until > d.next_at THEN "
                   "d.lease_until ELSE d.next_at END) FROM deliveries d WHERE d.connection {} AND {}",
                   engine_.in_texts(":connections"), is_head),
               strings_to_json(connections))
        .value_or(std::nullopt);
  });
}

Result<bool> Session::is_held(const std::string& connection) {
  return engine_.guard([&]() -> Result<bool> {
    return first_value<std::int64_t>(engine_, "SELECT 1 FROM settings WHERE name = :name",
                                     hold_name(connection))
        .has_value();
  });
}

Result<std::vector<outbox::OpenKey>> Session::open_keys(const std::string& connection) {
  return engine_.guard([&]() -> Result<std::vector<outbox::OpenKey>> {
    std::map<std::string, outbox::OpenKey> keys;
    DeliveryRows deliveries(engine_,
                            fmt::format("SELECT {} FROM deliveries d WHERE d.connection = :connection AND "
                                        "d.is_final = 0 ORDER BY d.id DESC",
                                        delivery_columns),
                            connection);
    while (auto row = deliveries.next()) {
      model::TicketDraft draft = to_delivery(*row).draft;
      draft.body.clear();
      keys[draft.key].draft = draft;
    }
    TicketRows<> tickets(
        engine_,
        fmt::format("SELECT {} FROM tickets t WHERE t.connection = :connection AND (t.is_open = 1 OR EXISTS "
                    "(SELECT 1 FROM deliveries d WHERE d.connection = t.connection AND d.ticket_key = "
                    "t.ticket_key AND d.is_final = 0))",
                    ticket_columns),
        connection);
    while (auto row = tickets.next()) {
      Ticket ticket = to_ticket(*row);
      outbox::OpenKey& open = keys[ticket.key];
      open.draft.key = ticket.key;
      open.draft.subject = ticket.subject;
      open.ticket = std::move(ticket);
    }
    std::vector<outbox::OpenKey> out;
    out.reserve(keys.size());
    for (auto& [key, open] : keys) out.push_back(std::move(open));
    return out;
  });
}

Status Session::save_found(const Ticket& ticket) {
  return engine_.guard([&]() -> Status {
    execute(engine_,
            "UPDATE tickets SET remote_id = :remote_id, number = :number, url = :url, status = :status, "
            "is_open = :is_open, duplicates = :duplicates, updated_at = :updated WHERE connection = "
            ":connection AND ticket_key = :key",
            storable(ticket.remote.remote_id), storable(ticket.remote.number), storable(ticket.remote.url),
            storable(ticket.remote.status), ticket.remote.open, ticket.duplicates, ticket.updated_at,
            ticket.connection, ticket.key);
    return {};
  });
}

Status Session::release(const std::string& connection) {
  return engine_.guard([&]() -> Status {
    execute(engine_, "DELETE FROM settings WHERE name = :name", hold_name(connection));
    engine_.announce();
    return {};
  });
}

Status Session::retry_parked(model::DeliveryId id) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    const std::int64_t changed = execute(engine_,
                                         "UPDATE deliveries SET state = 'unknown', attempts = 0, creates = "
                                         "0, next_at = :next, updated_at = :now "
                                         "WHERE id = :id AND state = 'parked'",
                                         now, now, id);
    if (changed == 0) return fail(ErrorKind::not_found, "delivery {} is not parked", id.value);
    engine_.announce();
    return {};
  });
}

Status Session::drop_delivery(model::DeliveryId id) {
  return engine_.guard([&]() -> Status {
    const Instant now = clock_.now();
    // The epoch grows as with a claim: whoever let its lease end cannot write any more.
    const std::int64_t changed =
        execute(engine_,
                "UPDATE deliveries SET state = 'dropped', is_final = 1, updated_at = :now, "
                "lease_epoch = lease_epoch + 1, lease_worker = NULL, lease_until = NULL "
                "WHERE id = :id AND is_final = 0 AND (lease_until IS NULL OR lease_until <= :free)",
                now, id, now);
    if (changed == 1) {
      engine_.announce();  // what came after it for the key may go
      return {};
    }
    const auto state = first_value<std::string>(engine_, "SELECT state FROM deliveries WHERE id = :id", id);
    if (!state) return fail(ErrorKind::not_found, "there is no delivery {}", id.value);
    const auto known = require(model::delivery_state_from(*state), "delivery state", *state);
    if (is_final(known)) return fail(ErrorKind::not_found, "delivery {} is {} already", id.value, *state);
    return fail(ErrorKind::not_found, "delivery {} is under way", id.value);
  });
}

Status Session::each_ticket(const Visitor<TicketRow>& visit) {
  return engine_.guard([&]() -> Status {
    TicketRows<std::optional<std::string>, std::optional<std::string>, std::int64_t, std::int64_t> rows(
        streamed, engine_,
        fmt::format("SELECT {}, f.check_id, f.subject, t.episode, t.period FROM tickets t "
                    "LEFT JOIN findings f ON f.id = t.finding_id ORDER BY t.id",
                    ticket_columns));
    while (auto row = rows.next()) {
      TicketRow out{to_ticket(*row), std::get<13>(*row).value_or(""), std::get<14>(*row).value_or(""),
                    std::get<15>(*row), std::get<16>(*row)};
      if (auto visited = visit(out); !visited) return visited;
    }
    return {};
  });
}

Status Session::each_delivery(const DeliveryFilter& filter, const Visitor<DeliveryRow>& visit) {
  return engine_.guard([&]() -> Status {
    const bool all = filter.which == DeliveryFilter::Which::all;
    Rows<model::DeliveryId, model::NoticeId, std::string, std::string, std::string, std::string, std::string,
         int, int, Instant, Instant, std::optional<Instant>, std::string, std::int64_t, std::string,
         std::optional<std::int64_t>, std::optional<std::string>, std::optional<Instant>>
        rows(streamed, engine_,
             fmt::format("SELECT {}, f.check_id, n.run_id, d.lease_worker, d.lease_until FROM deliveries d "
                         "JOIN notices n ON n.id = d.notice_id JOIN findings f ON f.id = n.finding_id "
                         "WHERE {} AND (:any = 1 OR n.run_id = :run) ORDER BY d.id",
                         delivery_columns, all ? "1 = 1" : "d.is_final = 0"),
             !filter.run.stored(), filter.run);
    while (auto row = rows.next()) {
      DeliveryRow out;
      out.check = std::move(std::get<14>(*row));
      out.run = {std::get<15>(*row).value_or(0)};
      out.worker = std::get<16>(*row).value_or("");
      out.leased_until = std::get<17>(*row);
      DeliveryRows::Row plain = [&]<std::size_t... I>(std::index_sequence<I...>) {
        return DeliveryRows::Row{std::move(std::get<I>(*row))...};
      }(std::make_index_sequence<std::tuple_size_v<DeliveryRows::Row>>{});
      out.delivery = to_delivery(plain);
      if (auto visited = visit(out); !visited) return visited;
    }
    return {};
  });
}

}  // namespace certherald::store
