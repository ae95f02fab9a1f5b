#include "connector/probe.hpp"

#include <algorithm>

namespace certherald::connector {

using model::Outcome;
using model::OutcomeKind;
using State = TestLine::State;

TestLine line_ok(std::string what, std::string detail) {
  return {State::ok, std::move(what), std::move(detail), ""};
}

TestLine line_warning(std::string what, std::string detail, std::string hint) {
  return {State::warning, std::move(what), std::move(detail), std::move(hint)};
}

TestLine line_failed(std::string what, const Outcome& why) {
  return {State::failed, std::move(what), why.message, why.hint};
}

bool failed(const std::vector<TestLine>& lines) {
  return std::ranges::any_of(lines, [](const TestLine& line) { return line.state == State::failed; });
}

std::vector<TestLine> way_there(const model::Connection& connection, const HttpReply& reply,
                                const Outcome& meaning) {
  std::vector<TestLine> lines;
  const bool tls = connection.url.starts_with("https:");
  const bool untrusted = !reply && reply.error().error.kind == ErrorKind::refused;
  if (!reply && !untrusted) return {line_failed("reachable", meaning)};
  lines.push_back(line_ok("reachable", connection.url));
  if (untrusted) {
    lines.push_back(line_failed("TLS", meaning));
    return lines;
  }
  if (tls) {
    lines.push_back(line_ok("TLS", "its certificate is trusted and names it"));
  } else {
    lines.push_back(line_warning("TLS", "none: the credentials travel in the clear", "give an https url"));
  }
  switch (meaning.kind) {
    case OutcomeKind::auth_failed:
      lines.push_back(line_failed("credentials", meaning));
      break;
    case OutcomeKind::throttled:
    case OutcomeKind::unavailable:
    case OutcomeKind::unknown:
    case OutcomeKind::not_sent:
    case OutcomeKind::misconfigured:
      lines.push_back(line_failed("answers", meaning));
      break;
    case OutcomeKind::rejected:
      lines.push_back(line_ok("credentials", "accepted"));
      lines.push_back(line_failed("look-up", meaning));
      break;
    case OutcomeKind::done:
    case OutcomeKind::absent:
      lines.push_back(line_ok("credentials", "accepted"));
      break;
  }
  return lines;
}

model::TicketDraft test_draft() {
  model::TicketDraft draft;
  draft.key = std::string(64, '0');
  draft.subject = "Certherald connection test: please ignore";
  draft.body = "This ticket tests the connection of Certherald.\nNothing is wrong; it may be closed.";
  draft.severity = model::Severity::info;
  draft.urgency = 3;
  draft.impact = 3;
  for (const char* name : {"host", "owner", "check", "severity"}) draft.values.emplace(name, "test");
  return draft;
}

}  // namespace certherald::connector
