#include "store/session.hpp"

#include "store/engine.hpp"

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

Result<model::Notice> Session::add(const model::Notice& notice) {
  return engine_.guard([&]() -> Result<model::Notice> {
    const std::optional<model::RunId> run = notice.run.stored() ? std::optional(notice.run) : std::nullopt;
    const auto id = first_value<model::NoticeId>(
        engine_,
        "INSERT INTO notices (finding_id, episode, policy, connection, period, kind, planned_at, run_id) "
        "VALUES (:finding, :episode, :policy, :connection, :period, :kind, :planned, :run) "
        "ON CONFLICT DO NOTHING RETURNING id",
        notice.finding, notice.episode, notice.policy, notice.connection, notice.period,
        to_string(notice.kind), notice.planned_at, run);
    if (!id) {
      return fail(ErrorKind::conflict, "{} was told of finding {} already", notice.connection,
                  notice.finding.value);
    }
    model::Notice out = notice;
    out.id = *id;
    return out;
  });
}

}  // namespace certherald::store
