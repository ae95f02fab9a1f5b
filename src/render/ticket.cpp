#include "render/ticket.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "model/probe_evidence.hpp"
#include "render/body.hpp"

namespace certherald::render {
namespace {

using model::Finding;
using model::FindingPlace;
using model::Severity;
using model::SubjectKind;
using model::Template;

constexpr std::size_t longest_value = 300;    // code points of one value; names that are in order are shorter
constexpr std::size_t most_evidence = 1'000;  // lines; no server has as many cipher suites

using Parts = std::vector<Part>;

// A value from outside, fit to stand inside a line.
std::string shown(std::string_view text) { return truncate(single_line(text), longest_value); }

// A list with its heading; nothing where the list is empty.
Part section(std::string heading, Lines items, std::size_t keep = 0) {
  if (items.empty()) return {};
  return {.lines = {"", std::move(heading)}, .list = std::move(items), .indent = "  ", .keep = keep};
}

bool is_expiry(const TicketContext& context) { return context.check.kind == model::CheckKind::expiry; }

// Places that show the problem still; what was seen good since has no part in the present text.
std::vector<const FindingPlace*> showing_places(const Finding& finding) {
  std::vector<const FindingPlace*> places;
  for (const FindingPlace& place : finding.places) {
    if (!place.good_since) places.push_back(&place);
  }
  return places;
}

std::string common_name(const TicketContext& context) {
  if (context.certificate) return shown(display_common_name(*context.certificate));
  return shown(context.finding.subject.text);
}

// It stands on a line of its own: what is no name of a host, but a sentence in a certificate, must not pass
// for a line of ours.
std::string domain(const TicketContext& context) {
  const bool about_certificate = context.finding.subject.kind == SubjectKind::certificate;
  std::string name;
  if (about_certificate && context.certificate) {
    name = shown(display_domain_name(*context.certificate));
  } else if (context.finding.places.empty()) {
    name = shown(context.finding.subject.text);
  } else {
    name = shown(domain_name(context.finding.places.front().endpoint));
  }
  return name.find(' ') == std::string::npos ? name : '"' + name + '"';
}

// The lines of one evidence value, of every place that shows the problem, each once.
Lines evidence_lines(const Finding& finding, const std::string& name) {
  Lines lines;
  for (const FindingPlace* place : showing_places(finding)) {
    const auto value = place->evidence.find(name);
    if (value == place->evidence.end()) continue;
    for (const std::string_view part : split(value->second, '\n')) {
      if (lines.size() == most_evidence) return lines;
      std::string line = shown(part);
      if (!line.empty() && std::ranges::find(lines, line) == lines.end()) lines.push_back(std::move(line));
    }
  }
  return lines;
}

// "<version> <IANA name>": stands on a line of its own in the reference's body.
bool is_suite(std::string_view line) {
  return std::ranges::all_of(line, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ' ';
  });
}

Lines suite_lines(const Finding& finding) {
  Lines lines = evidence_lines(finding, "ciphers");
  std::erase_if(lines, [](const std::string& line) { return !is_suite(line); });
  return lines;
}

// The reference's body lists them by itself.
bool lists_suites(const TicketContext& context) { return context.check.id == "weak_ciphers"; }

std::string scanned_by(const TicketContext& context) {
  return fmt::format("Scanned by: {} running at {}", context.product_name, context.public_url);
}

Parts reference_parts(const TicketContext& context) {
  if (is_expiry(context)) {
    const std::string line =
        fmt::format("The SSL Certificate {} expiring soon, please take care", common_name(context));
    return {{.lines = {line}}};
  }
  Part head = {.lines = {domain(context), fmt::format("Vulnerability: {}", context.check.title)},
               .most = most_evidence,
               .gives = Part::Gives::last};
  if (lists_suites(context)) head.list = suite_lines(context.finding);
  Part tail;
  if (context.certificate) {
    tail.lines.push_back("Signature Algorithm: " + shown(context.certificate->signature_algorithm));
    tail.lines.push_back("Expiry Date: " + to_utc_text(context.certificate->not_after));
  }
  if (context.scan_time) tail.lines.push_back("Scan Time: " + to_utc_text(*context.scan_time));
  tail.lines.push_back(scanned_by(context));
  return {std::move(head), std::move(tail)};
}

std::string key_text(const model::PublicKeyInfo& key) {
  if (!key.curve.empty()) return shown(fmt::format("{} {}", key.type, key.curve));
  if (key.bits > 0) return shown(fmt::format("{} {} bits", key.type, key.bits));
  return shown(key.type);
}

Part certificate_section(const TicketContext& context) {
  if (!context.certificate) return {};
  const model::Certificate& certificate = *context.certificate;
  Lines items = {"Subject: " + shown(certificate.subject),
                 "Issuer: " + shown(certificate.issuer),
                 "Serial number: " + shown(certificate.serial),
                 "Valid from: " + to_utc_text(certificate.not_before),
                 fmt::format("Valid until: {} ({})", to_utc_text(certificate.not_after),
                             relative(certificate.not_after, context.now)),
                 "Key: " + key_text(certificate.key),
                 "Signature: " + shown(certificate.signature_algorithm),
                 "SHA-256 fingerprint: " + shown(certificate.sha256)};
  const std::size_t facts = items.size();
  for (const std::string& name : subject_alternative_names(certificate)) {
    items.push_back("Alternative name: " + shown(name));
  }
  return section("Certificate", std::move(items), facts);
}

std::string place_text(const FindingPlace& place) {
  std::string text = shown(display_name(place.endpoint));
  if (!place.endpoint.sni.empty() && place.endpoint.sni != place.endpoint.host) {
    text += " as " + shown(place.endpoint.sni);
  }
  if (!place.endpoint.starttls.empty()) text += " (STARTTLS " + shown(place.endpoint.starttls) + ")";
  if (!place.address.empty()) text += " at " + shown(place.address);
  return text;
}

Part places_section(const TicketContext& context, const std::string& heading) {
  Lines items;
  for (const FindingPlace* place : showing_places(context.finding)) items.push_back(place_text(*place));
  return section(heading, std::move(items), 1);
}

std::string deployed_heading(const TicketContext& context) {
  return context.finding.subject.kind == SubjectKind::certificate ? "Where it is deployed"
                                                                  : "Where it was seen";
}

enum class Suites : std::uint8_t { show, leave };

// What was seen: the reasons, then the lists behind them. Fifty places that say the same say it once.
Lines evidence_items(const Finding& finding, Suites suites = Suites::show) {
  Lines items;
  std::vector<std::string> names;
  for (const FindingPlace* place : showing_places(finding)) {
    std::string reason = shown(place->reason);
    if (!reason.empty() && std::ranges::find(items, reason) == items.end())
      items.push_back(std::move(reason));
    for (const auto& [name, value] : place->evidence) {
      if (model::is_probe_evidence(name)) continue;
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  for (const std::string& name : names) {
    for (const std::string& line : evidence_lines(finding, name)) {
      if (suites == Suites::leave && name == "ciphers" && is_suite(line)) continue;
      items.push_back(shown(name) + ": " + line);
    }
  }
  return items;
}

Lines further_items(const TicketContext& context) {
  Lines items;
  for (const Finding& finding : context.also) {
    const model::CheckInfo* check = model::find_check(finding.check);
    items.push_back(fmt::format("{} ({})", check != nullptr ? check->title : finding.check,
                                model::to_string(finding.severity)));
    for (const std::string& item : evidence_items(finding)) items.push_back("  " + item);
  }
  return items;
}

// "" where there is none.
std::string link_of(const TicketContext& context) {
  if (context.public_url.empty() || !context.finding.id.stored()) return {};
  return fmt::format("{}/findings/{}", context.public_url, context.finding.id.value);
}

Part advice_section(const TicketContext& context) {
  Part advice = {.lines = {"", "What to do", fmt::format("  {}", context.check.meaning),
                           fmt::format("  {}", context.check.mend)}};
  if (!context.check.cve.empty()) advice.lines.push_back(fmt::format("  {}", context.check.cve));
  return advice;
}

Parts detailed_parts(const TicketContext& context) {
  Parts parts = reference_parts(context);
  const Suites suites = lists_suites(context) ? Suites::leave : Suites::show;
  parts.push_back(certificate_section(context));
  parts.push_back(places_section(context, deployed_heading(context)));
  parts.push_back(section("What was seen", evidence_items(context.finding, suites), 1));
  parts.push_back(advice_section(context));
  parts.push_back(section("Further problems there", further_items(context)));
  if (const std::string link = link_of(context); !link.empty())
    parts.push_back({.lines = {"", "More: " + link}});
  return parts;
}

int urgency_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high:
      return 1;
    case Severity::medium:
      return 2;
    case Severity::low:
    case Severity::info:
      return 3;
  }
  return 2;
}

int impact_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
      return 1;
    case Severity::high:
    case Severity::medium:
      return 2;
    case Severity::low:
    case Severity::info:
      return 3;
  }
  return 2;
}

int urgency_by_date(Instant not_after, Instant now) {
  constexpr Seconds day{86'400};
  const Seconds left = not_after - now;
  if (left < 7 * day) return 1;
  if (left < 30 * day) return 2;
  return 3;
}

}  // namespace

TicketText render_ticket(const TicketContext& context, const DraftOptions& options) {
  TicketText text;
  text.subject = is_expiry(context) ? fmt::format("SSL Certificate {} expiry", common_name(context))
                                    : fmt::format("Vulnerabilities for {}", domain(context));
  switch (options.body_template) {
    case Template::detailed:
      text.body = lay_out(detailed_parts(context), options.longest_body, link_of(context));
      break;
    case Template::reference:
      text.body = lay_out(reference_parts(context), options.longest_body, link_of(context));
      break;
  }
  return text;
}

std::string render_note(const TicketContext& context, const DraftOptions& options) {
  Lines lines = {"Still there: " + to_utc_text(context.now)};
  if (is_expiry(context) && context.certificate) {
    const Instant end = context.certificate->not_after;
    lines.push_back(fmt::format("The SSL Certificate {} {} {} (Expiry Date: {})", common_name(context),
                                end <= context.now ? "expired" : "expires", relative(end, context.now),
                                to_utc_text(end)));
  } else {
    lines.push_back(fmt::format("{}: {}", domain(context), context.check.title));
  }
  Parts parts = {{.lines = std::move(lines)}, places_section(context, deployed_heading(context))};
  if (!is_expiry(context)) parts.push_back(section("What was seen", evidence_items(context.finding)));
  Lines good;
  for (const FindingPlace& place : context.finding.places) {
    if (place.good_since) good.push_back(place_text(place) + ", since " + to_utc_text(*place.good_since));
  }
  parts.push_back(section("Seen good", std::move(good)));
  parts.push_back(section("Further problems there", further_items(context)));
  Part tail = {.lines = {""}};
  if (context.scan_time) tail.lines.push_back("Scan Time: " + to_utc_text(*context.scan_time));
  tail.lines.push_back(scanned_by(context));
  parts.push_back(std::move(tail));
  return lay_out(parts, options.longest_body, link_of(context));
}

model::TicketDraft make_draft(const TicketContext& context, const DraftOptions& options, std::string key) {
  TicketText text = render_ticket(context, options);
  model::TicketDraft draft;
  draft.key = std::move(key);
  draft.subject = std::move(text.subject);
  draft.body = std::move(text.body);
  draft.severity = context.finding.severity;
  draft.impact = impact_of(draft.severity);
  draft.urgency = urgency_of(draft.severity);
  if (is_expiry(context) && context.certificate) {
    draft.urgency = urgency_by_date(context.certificate->not_after, context.now);
  }
  const auto& places = context.finding.places;
  draft.values = {{"owner", shown(context.owner)},
                  {"host", places.empty() ? std::string() : shown(places.front().endpoint.host)},
                  {"check", std::string(context.check.id)},
                  {"severity", std::string(model::to_string(draft.severity))},
                  {"common_name", common_name(context)},
                  {"domain", domain(context)}};
  return draft;
}

}  // namespace certherald::render
