#include "app/retention.hpp"

namespace certherald::app {
namespace {

constexpr std::size_t batch = 500;  // rows of a transaction

Result<std::int64_t> remove_older(store::Store& store, store::Aged kind, Instant older_than) {
  std::int64_t removed = 0;
  for (;;) {
    const Result<std::int64_t> rows =
        store.write([&](store::Session& session) { return session.delete_batch(kind, older_than, batch); });
    if (!rows) return fail(rows.error());
    if (*rows == 0) return removed;
    removed += *rows;
  }
}

}  // namespace

Result<RetentionCounts> apply_retention(store::Store& store, const RetentionSettings& settings, Instant now) {
  const auto observations =
      remove_older(store, store::Aged::observations, now - settings.observations.elapsed());
  if (!observations) return fail(observations.error());
  const auto deliveries = remove_older(store, store::Aged::deliveries, now - settings.deliveries.elapsed());
  if (!deliveries) return fail(deliveries.error());
  // Last: a run that a notice still names stays.
  const auto runs = remove_older(store, store::Aged::runs, now - settings.runs.elapsed());
  if (!runs) return fail(runs.error());
  return RetentionCounts{*observations, *deliveries, *runs};
}

}  // namespace certherald::app
