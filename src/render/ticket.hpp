#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/certificate.hpp"
#include "model/check.hpp"
#include "model/connection.hpp"
#include "model/delivery.hpp"
#include "model/finding.hpp"

namespace certherald::render {

// All that a ticket about one finding is written from.
struct TicketContext {
  model::Finding finding;
  const model::CheckInfo& check;                  // of the finding; outlives the context
  std::optional<model::Certificate> certificate;  // the subject, or what the endpoint serves, where seen
  std::vector<model::Finding> also;               // subsumed ones: they have no ticket of their own
  std::optional<Instant> scan_time;               // nothing for certificates that are only imported
  Instant now{};
  std::string product_name;
  std::string public_url;  // with its port, without a final slash; "" leaves the link out
  std::string owner;       // of the endpoint, "" for nobody
};

// Plain text, UTF-8, "\n" line ends, no final one. Whatever came from a certificate or the network is cut to
// a bounded length and cannot break a line; escaping for HTML is the connector's.
struct TicketText {
  std::string subject;  // one line
  std::string body;

  friend bool operator==(const TicketText&, const TicketText&) = default;
};

struct DraftOptions {
  model::Template body_template = model::Template::detailed;
  std::size_t longest_body = 0;  // code points that the system shows whole; 0: no limit
};

// `reference`: the plain notice and nothing else. `detailed`: starts with that body, then says what the
// certificate is, where it is deployed, what was seen, what to do, and what else is wrong there. A body that
// would be too long has its lists shortened ("and <n> more: <link>"), the reference's own after the others.
[[nodiscard]] TicketText render_ticket(const TicketContext& context, const DraftOptions& options);

// What a due notice adds to a ticket that is there: how things stand at `now`. As long at most as a body.
[[nodiscard]] std::string render_note(const TicketContext& context, const DraftOptions& options);

// The whole draft of a create. Urgency follows the date for expiry (expired or below 7 days 1, below 30
// days 2, else 3) and the severity for everything else; impact always follows the severity.
[[nodiscard]] model::TicketDraft make_draft(const TicketContext& context, const DraftOptions& options,
                                            std::string key);

}  // namespace certherald::render
