#include "cli/list_rows.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "model/check.hpp"

namespace certherald::cli {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value time_or_null(const std::optional<Instant>& instant) {
  return instant ? json::value(to_iso8601(*instant)) : json::value(nullptr);
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

std::string when(const std::optional<Instant>& instant, Instant now) {
  return instant ? relative(*instant, now) : "never";
}

std::string_view text(auto value) { return to_string(value); }

}  // namespace

ListRow list_row(const store::EndpointRow& row, Instant now) {
  const model::EndpointKey& key = row.endpoint.key;
  const std::string status = row.last_status ? std::string(to_string(*row.last_status)) : "";
  ListRow out;
  out.cells = {display_name(key),
               row.last_error.empty() ? or_dash(status) : status + ": " + row.last_error,
               when(row.last_seen, now),
               or_dash(row.leaf_common_name),
               row.leaf_not_after ? relative(*row.leaf_not_after, now) : "-",
               or_dash(row.endpoint.owner)};
  out.keys = {{"host", key.host},
              {"port", key.port},
              {"sni", text_or_null(key.sni)},
              {"address", text_or_null(key.address)},
              {"starttls", text_or_null(key.starttls)},
              {"owner", text_or_null(row.endpoint.owner)},
              {"tags", array_of(row.endpoint.tags)},
              {"status", text_or_null(status)},
              {"error", text_or_null(row.last_error)},
              {"last_seen", time_or_null(row.last_seen)},
              {"certificate", text_or_null(row.leaf_sha256)},
              {"not_after", time_or_null(row.leaf_not_after)}};
  return out;
}

ListRow list_row(const store::CertificateRow& row, Instant now) {
  const model::Certificate& certificate = row.certificate;
  ListRow out;
  out.cells = {display_common_name(certificate), relative(certificate.not_after, now),
               to_utc_text(certificate.not_after), row.in_use ? or_dash(row.place) : "not in use",
               certificate.sha256.substr(0, 16)};
  out.keys = {{"sha256", certificate.sha256},
              {"common_name", text_or_null(certificate.common_name)},
              {"sans", array_of(subject_alternative_names(certificate))},
              {"subject", certificate.subject},
              {"issuer", certificate.issuer},
              {"serial", certificate.serial},
              {"not_before", to_iso8601(certificate.not_before)},
              {"not_after", to_iso8601(certificate.not_after)},
              {"imported", row.imported},
              {"in_use", row.in_use},
              {"deployments", row.deployments}};
  return out;
}

ListRow list_row(const store::FindingRow& row, Instant now) {
  const model::Finding& finding = row.finding;
  ListRow out;
  out.cells = {
      std::to_string(finding.id.value),  std::string(text(finding.severity)), finding.check, row.name,
      std::string(text(finding.status)), relative(finding.first_seen, now)};
  json::array places;
  for (const model::FindingPlace& place : finding.places) {
    places.push_back({{"endpoint", display_name(place.endpoint)},
                      {"address", place.address},
                      {"verdict", std::string(text(place.last_verdict))},
                      {"reason", place.reason}});
  }
  out.keys = {{"id", finding.id.value},
              {"check", finding.check},
              {"subject", finding.subject.text},
              {"name", row.name},
              {"severity", std::string(text(finding.severity))},
              {"status", std::string(text(finding.status))},
              {"episode", finding.episode},
              {"first_seen", to_iso8601(finding.first_seen)},
              {"last_seen", to_iso8601(finding.last_seen)},
              {"places", std::move(places)}};
  return out;
}

ListRow list_row(const store::TicketRow& row, Instant now) {
  const model::Ticket& ticket = row.ticket;
  ListRow out;
  out.cells = {ticket.connection, or_dash(ticket.remote.number),    ticket.remote.open ? "open" : "closed",
               ticket.subject,    relative(ticket.created_at, now), or_dash(ticket.remote.url)};
  out.keys = {{"connection", ticket.connection},
              {"key", ticket.key},
              {"number", ticket.remote.number},
              {"remote_id", ticket.remote.remote_id},
              {"url", text_or_null(ticket.remote.url)},
              {"open", ticket.remote.open},
              {"status", ticket.remote.status},
              {"subject", ticket.subject},
              {"check", text_or_null(row.check)},
              {"about", text_or_null(row.subject_text)},
              {"episode", row.episode},
              {"period", row.period},
              {"duplicates", ticket.duplicates},
              {"created_at", to_iso8601(ticket.created_at)}};
  return out;
}

ListRow list_row(const store::DeliveryRow& row, Instant now) {
  const model::Delivery& delivery = row.delivery;
  ListRow out;
  out.cells = {std::to_string(delivery.id.value),  delivery.connection,
               std::string(text(delivery.kind)),   std::string(text(delivery.state)),
               relative(delivery.created_at, now), delivery.draft.subject,
               or_dash(delivery.last_error)};
  out.keys = {{"id", delivery.id.value},
              {"connection", delivery.connection},
              {"kind", std::string(text(delivery.kind))},
              {"state", std::string(text(delivery.state))},
              {"key", delivery.draft.key},
              {"subject", delivery.draft.subject},
              {"check", text_or_null(row.check)},
              {"run", row.run.stored() ? json::value(row.run.value) : json::value(nullptr)},
              {"attempts", delivery.attempts},
              {"created_at", to_iso8601(delivery.created_at)},
              {"next_at", to_iso8601(delivery.next_at)},
              {"last_error", text_or_null(delivery.last_error)}};
  return out;
}

ListRow list_row(const model::Run& run, Instant now) {
  ListRow out;
  out.cells = {
      std::to_string(run.id.value),  std::string(text(run.task)),        std::string(text(run.outcome)),
      relative(run.started_at, now), std::to_string(run.counts.notices), std::to_string(run.counts.held),
      or_dash(run.message)};
  out.keys = {{"id", run.id.value},
              {"task", std::string(text(run.task))},
              {"schedule", text_or_null(run.name)},
              {"started_by", run.started_by},
              {"planned_at", to_iso8601(run.planned_at)},
              {"started_at", to_iso8601(run.started_at)},
              {"ended_at", time_or_null(run.ended_at)},
              {"outcome", std::string(text(run.outcome))},
              {"stage", std::string(text(run.stage))},
              {"attempts", run.attempts},
              {"message", text_or_null(run.message)},
              {"endpoints", run.counts.endpoints},
              {"scanned", run.counts.scanned},
              {"unreachable", run.counts.unreachable},
              {"findings", run.counts.findings},
              {"notices", run.counts.notices},
              {"held", run.counts.held},
              {"deliveries", run.counts.deliveries},
              {"discovery", text_or_null(run.discovery)},
              {"found", run.counts.found},
              {"added", run.counts.added},
              {"known", run.counts.known},
              {"excluded", run.counts.excluded},
              {"silent", run.counts.silent}};
  return out;
}

ListRow list_row(const store::PolicyRow& row, Instant /*now*/) {
  const model::Policy& policy = row.policy;
  const bool expiry = policy.kind == model::CheckKind::expiry;
  ListRow out;
  out.cells = {policy.name,
               std::string(text(policy.kind)),
               policy.enabled ? "on" : "off",
               expiry ? to_string(policy.within) : "-",
               to_string(policy.every),
               std::string(text(policy.repeat)),
               join(policy.channels, ",")};
  out.keys = {{"name", policy.name},
              {"kind", std::string(text(policy.kind))},
              {"enabled", policy.enabled},
              {"within", expiry ? json::value(to_string(policy.within)) : json::value(nullptr)},
              {"every", to_string(policy.every)},
              {"repeat", std::string(text(policy.repeat))},
              {"min_severity", std::string(text(policy.min_severity))},
              {"checks", array_of(policy.checks)},
              {"channels", array_of(policy.channels)},
              {"max_new", policy.max_new},
              {"set", text_or_null(row.managed_by)}};
  return out;
}

ListRow list_row(const store::SecretRow& row, const std::vector<std::string>& used_by, Instant now) {
  ListRow out;
  out.cells = {row.name, row.key_id, relative(row.created_at, now), relative(row.updated_at, now),
               or_dash(join(used_by, ", "))};
  out.keys = {{"name", row.name},
              {"key_id", row.key_id},
              {"created_at", to_iso8601(row.created_at)},
              {"updated_at", to_iso8601(row.updated_at)},
              {"used_by", array_of(used_by)}};
  return out;
}

}  // namespace certherald::cli
