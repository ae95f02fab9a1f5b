#include "store/engine.hpp"
#include "store/session.hpp"

namespace certherald::store {
namespace {

struct Kept {
  Aged kind;
  std::string_view sql;  // takes :older and :limit
};

constexpr std::array<Kept, 3> statements = {{
    // The history of an address where a problem lasts stays.
    {Aged::observations,
     "DELETE FROM observation_history WHERE id IN (SELECT h.id FROM observation_history h WHERE h.at < "
     ":older AND NOT "
     "EXISTS (SELECT 1 FROM finding_places p JOIN findings f ON f.id = p.finding_id WHERE p.endpoint_id = "
     "h.endpoint_id "
     "AND p.address = h.address AND f.status <> 'resolved') ORDER BY h.at LIMIT :limit)"},
    // A notice goes with its delivery. Its episode never comes back, so nothing can be told twice for it.
    {Aged::deliveries,
     "DELETE FROM notices WHERE id IN (SELECT n.id FROM notices n JOIN findings f ON f.id = n.finding_id "
     "LEFT JOIN "
     "deliveries d ON d.notice_id = n.id WHERE f.status = 'resolved' AND (d.id IS NULL OR d.is_final = 1) "
     "AND "
     "CASE WHEN d.id IS NULL THEN n.planned_at ELSE d.updated_at END < :older AND NOT EXISTS (SELECT 1 FROM "
     "tickets t "
     "WHERE t.finding_id = n.finding_id AND t.episode = n.episode AND t.connection = n.connection AND "
     "t.is_open = 1) "
     "ORDER BY n.id LIMIT :limit)"},
    // The last run of a schedule says from where on its next one is due.
    {Aged::runs,
     "DELETE FROM runs WHERE id IN (SELECT r.id FROM runs r WHERE r.ended_at IS NOT NULL AND r.started_at < "
     ":older AND "
     "NOT EXISTS (SELECT 1 FROM notices n WHERE n.run_id = r.id) AND (r.scheduled = 0 OR EXISTS (SELECT 1 "
     "FROM runs l WHERE l.name = r.name AND l.scheduled = 1 AND l.planned_at > r.planned_at)) ORDER BY "
     "r.started_at LIMIT :limit)"},
}};

}  // namespace

Result<std::int64_t> Session::delete_batch(Aged kind, Instant older_than, std::size_t limit) {
  return engine_.guard([&]() -> Result<std::int64_t> {
    for (const Kept& kept : statements) {
      if (kept.kind == kind) return execute(engine_, std::string(kept.sql), older_than, limit);
    }
    return 0;
  });
}

}  // namespace certherald::store
