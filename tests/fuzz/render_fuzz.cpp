// Tickets about certificates and servers that say whatever they like. The first byte picks the check; the
// fields follow, each ended by a zero byte.

#include <algorithm>
#include <cstdlib>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "render/ticket.hpp"

using namespace certherald;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string next_field(std::string_view& input) {
  const auto end = std::min(input.find('\0'), input.size());
  std::string field(input.substr(0, end));
  input.remove_prefix(std::min(end + 1, input.size()));
  return field;
}

render::TicketContext read_context(std::uint8_t choice, std::string_view input) {
  const auto checks = model::all_checks();
  render::TicketContext context{.finding = {},
                                .check = checks[choice % checks.size()],
                                .certificate = {},
                                .also = {},
                                .scan_time = {},
                                .now = {},
                                .product_name = "Certherald",
                                .public_url = "https://certherald.example.com:8443",
                                .owner = {}};
  context.finding.id.value = 1;
  context.finding.check = std::string(context.check.id);
  context.finding.subject = {context.check.subject, next_field(input)};
  model::Certificate certificate;
  for (std::string* field :
       {&certificate.common_name, &certificate.subject, &certificate.issuer, &certificate.serial,
        &certificate.signature_algorithm, &certificate.key.type, &certificate.key.curve}) {
    *field = next_field(input);
  }
  model::FindingPlace place;
  place.endpoint.host = next_field(input);
  place.endpoint.sni = next_field(input);
  place.reason = next_field(input);
  const std::string name = next_field(input);
  place.evidence = {{name, next_field(input)}, {"ciphers", next_field(input)}};
  context.finding.places = {place};
  context.also = {context.finding};
  while (!input.empty()) certificate.dns_names.push_back(next_field(input));
  if (choice < 0x80) context.certificate = std::move(certificate);
  return context;
}

void check_text(std::string_view text) {
  require(is_utf8(text));
  for (const std::string_view line : split(text, '\n')) require(!has_control(line));
  require(html_escape(text).find_first_of("<>\"'") == std::string::npos);
}

// Lines that start so; only our own may.
std::ptrdiff_t count_lines(const std::string& text, std::string_view start) {
  return std::ranges::count_if(split(text, '\n'),
                               [&](std::string_view line) { return line.starts_with(start); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const render::TicketContext context = read_context(data[0], as_text({data + 1, size - 1}));
  const render::TicketText plain = render_ticket(context, {model::Template::reference});
  const model::TicketDraft draft = make_draft(context, {}, "4f");
  require(draft.subject == plain.subject && !has_control(draft.subject) && draft.subject.size() < 2'000);
  require(draft.body.starts_with(plain.body + "\n"));
  for (const std::string& text : {draft.subject, draft.body, plain.body, render_note(context, {})})
    check_text(text);
  for (const auto& [name, value] : draft.values) require(is_utf8(value) && !has_control(value));
  require(count_lines(draft.body, "More: ") == 1);
  if (context.check.kind == model::CheckKind::expiry) require(count_lines(plain.body, "") == 1);
  return 0;
}
