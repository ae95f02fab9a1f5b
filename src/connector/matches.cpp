#include "connector/matches.hpp"

#include <utility>

namespace certherald::connector {

void Matches::add(model::RemoteTicket ticket, std::string created) {
  if (!ids_.insert(ticket.remote_id).second) return;
  const bool better = !best_ || (ticket.open && !best_->ticket.open) ||
                      (ticket.open == best_->ticket.open && created < best_->created);
  if (better) best_ = Match{std::move(ticket), std::move(created)};
}

model::Outcome Matches::outcome() const {
  model::Outcome found;
  found.kind = best_ ? model::OutcomeKind::done : model::OutcomeKind::absent;
  if (!best_) return found;
  found.ticket = best_->ticket;
  found.duplicates = static_cast<int>(ids_.size()) - 1;
  return found;
}

}  // namespace certherald::connector
