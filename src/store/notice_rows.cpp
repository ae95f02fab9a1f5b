#include <algorithm>
#include <array>
#include <map>

#include "store/engine.hpp"
#include "store/json_rows.hpp"
#include "store/session.hpp"

namespace certherald::store {

using notification::TicketStanding;
using notification::Told;

Result<std::vector<Told>> Session::told() {
  return engine_.guard([&]() -> Result<std::vector<Told>> {
    // Of the ticket that repeat = update keeps alive: period 0. Its record stands by itself, so that
    // retention of deliveries cannot make us forget it. What is on its way to it goes before what it was.
    Rows<model::FindingId, std::int64_t, std::string, std::int64_t, Instant, std::int64_t, int, bool, bool>
        rows(engine_,
             "SELECT n.finding_id, n.episode, n.connection, count(*), max(n.planned_at), max(n.period), "
             "max(CASE WHEN t.id IS NULL THEN 0 WHEN t.is_open = 1 THEN 2 ELSE 1 END), "
             "max(CASE WHEN n.period = 0 AND d.is_final = 0 THEN 1 ELSE 0 END), "
             "max(CASE WHEN n.period = 0 AND n.kind = 'create' AND d.state = 'dropped' THEN 1 ELSE 0 END) "
             "FROM findings f JOIN notices n ON n.finding_id = f.id AND n.episode = f.episode "
             "LEFT JOIN deliveries d ON d.notice_id = n.id "
             "LEFT JOIN tickets t ON t.finding_id = n.finding_id AND t.episode = n.episode AND "
             "t.connection = n.connection AND t.period = 0 "
             "WHERE f.status <> 'resolved' GROUP BY n.finding_id, n.episode, n.connection "
             "ORDER BY n.finding_id, n.connection");
    std::vector<Told> out;
    while (auto row = rows.next()) {
      auto& [finding, episode, connection, count, planned, period, ticket, waiting, dropped] = *row;
      TicketStanding standing = dropped ? TicketStanding::given_up : TicketStanding::none;
      if (ticket != 0) standing = ticket == 2 ? TicketStanding::open : TicketStanding::closed;
      if (waiting) standing = TicketStanding::waiting;
      out.push_back({finding, episode, std::move(connection), count, planned, period, standing});
    }
    return out;
  });
}

namespace {

constexpr std::size_t rows_at_once = 1'000;  // of one statement

constexpr auto text = ValueKind::text;
constexpr auto integer = ValueKind::integer;

constexpr std::array<Engine::JsonColumn, 8> notice_columns = {{{"finding_id", integer},
                                                               {"episode", integer},
                                                               {"policy", text},
                                                               {"connection", text},
                                                               {"period", integer},
                                                               {"kind", text},
                                                               {"planned_at", integer},
                                                               {"run_id", integer}}};

// What tells two notices of one statement apart.
using NoticeKey = std::tuple<model::FindingId, std::int64_t, std::string, std::int64_t, Instant>;
NoticeKey key_of(const model::Notice& n) {
  return {n.finding, n.episode, n.connection, n.period, n.planned_at};
}

Status add_some(Engine& engine, std::span<model::Notice> notices) {
  JsonRows list;
  std::map<NoticeKey, model::Notice*> waiting;
  for (model::Notice& n : notices) {
    list.add(n.finding, n.episode, n.policy, n.connection, n.period, to_string(n.kind), n.planned_at,
             n.run.stored() ? std::optional(n.run) : std::nullopt);
    waiting.emplace(key_of(n), &n);
  }
  Rows<model::NoticeId, model::FindingId, std::int64_t, std::string, std::int64_t, Instant> rows(
      engine,
      fmt::format("INSERT INTO notices (finding_id, episode, policy, connection, period, kind, planned_at, "
                  "run_id) SELECT r.finding_id, r.episode, r.policy, r.connection, r.period, r.kind, "
                  "r.planned_at, r.run_id FROM {} r WHERE 1 = 1 ON CONFLICT DO NOTHING "
                  "RETURNING id, finding_id, episode, connection, period, planned_at",
                  engine.row_list(":list", notice_columns)),
      std::move(list).take());
  std::size_t added = 0;
  while (auto row = rows.next()) {
    auto& [id, finding, episode, connection, period, planned] = *row;
    const auto at = waiting.find({finding, episode, std::move(connection), period, planned});
    if (at == waiting.end()) continue;  // stored otherwise than it was said
    at->second->id = id;
    waiting.erase(at);
    ++added;
  }
  if (added == notices.size()) return {};
  const model::Notice& told =
      waiting.empty() ? notices.front() : *waiting.begin()->second;  // empty: two of them were the same
  return fail(ErrorKind::conflict, "{} was told of finding {} already", told.connection, told.finding.value);
}

}  // namespace

Result<std::vector<model::Notice>> Session::add_all(std::vector<model::Notice> notices) {
  return engine_.guard([&]() -> Result<std::vector<model::Notice>> {
    std::span<model::Notice> left = notices;
    while (!left.empty()) {
      const std::size_t count = std::min(rows_at_once, left.size());
      if (Status added = add_some(engine_, left.first(count)); !added) return fail(added.error());
      left = left.subspan(count);
    }
    return std::move(notices);
  });
}

Result<model::Notice> Session::add(const model::Notice& notice) {
  auto added = add_all(std::vector{notice});
  if (!added) return fail(added.error());
  return std::move(added->front());
}

}  // namespace certherald::store
