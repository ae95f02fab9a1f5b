#include "render/ticket.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/test_values.hpp"
#include "model/probe_evidence.hpp"

namespace certherald::render {
namespace {

using model::Severity;
using model::Template;

model::Certificate shop_certificate() {
  model::Certificate certificate;
  certificate.sha256 = "5be1";
  certificate.subject = "CN=shop.example.com,O=Example";
  certificate.common_name = "shop.example.com";
  certificate.dns_names = {"shop.example.com", "www.example.com"};
  certificate.ip_addresses = {"192.0.2.1"};
  certificate.issuer = "CN=Example CA";
  certificate.serial = "0a1b";
  certificate.not_before = at("2026-09-25T09:00:00Z");
  certificate.not_after = at("2026-12-24T09:00:00Z");
  certificate.signature_algorithm = "ecdsa-with-SHA256";
  certificate.key = {"ec", 256, "P-256", "77"};
  return certificate;
}

model::FindingPlace place(std::string address, std::string reason, model::Evidence evidence = {}) {
  model::FindingPlace out;
  out.endpoint = {"shop.example.com", 443, "shop.example.com", "", ""};
  out.address = std::move(address);
  out.reason = std::move(reason);
  out.evidence = std::move(evidence);
  return out;
}

TicketContext context_of(std::string_view check, model::SubjectKind kind, std::string subject) {
  TicketContext context{.finding = {},
                        .check = *model::find_check(check),
                        .certificate = shop_certificate(),
                        .also = {},
                        .scan_time = at("2026-11-24T02:33:07Z"),
                        .now = at("2026-11-24T02:40:00Z"),
                        .product_name = "Certherald",
                        .public_url = "https://certherald.example.com:8443",
                        .owner = "web-team"};
  context.finding.id.value = 17;
  context.finding.check = std::string(check);
  context.finding.subject = {kind, std::move(subject)};
  context.finding.severity = context.check.severity;
  return context;
}

TicketContext expiry() {
  TicketContext context = context_of("expiry", model::SubjectKind::certificate, "cert:5be1");
  context.finding.places = {place("192.0.2.1", "expires in 30 days"),
                            place("192.0.2.2", "expires in 30 days")};
  return context;
}

TicketContext weak_ciphers() {
  TicketContext context =
      context_of("weak_ciphers", model::SubjectKind::endpoint, "endpoint:-:shop.example.com:443:-:-");
  context.finding.places = {
      place("192.0.2.1", "2 weak suites are accepted",
            {{"ciphers", "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA\nTLS 1.2 TLS_RSA_WITH_NULL_SHA"}}),
      place("192.0.2.2", "1 weak suite is accepted", {{"ciphers", "TLS 1.2 TLS_RSA_WITH_NULL_SHA"}})};
  return context;
}

const std::string weak_reference =
    "shop.example.com\n"
    "Vulnerability: Weak Cipher Suites\n"
    "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA\n"
    "TLS 1.2 TLS_RSA_WITH_NULL_SHA\n"
    "Signature Algorithm: ecdsa-with-SHA256\n"
    "Expiry Date: 2026-12-24 09:00:00 UTC\n"
    "Scan Time: 2026-11-24 02:33:07 UTC\n"
    "Scanned by: Certherald running at https://certherald.example.com:8443";

TEST(Ticket, reference_of_expiry) {
  const TicketText text = render_ticket(expiry(), {Template::reference});
  EXPECT_EQ(text.subject, "SSL Certificate shop.example.com expiry");
  EXPECT_EQ(text.body, "The SSL Certificate shop.example.com expiring soon, please take care");
}

TEST(Ticket, reference_of_a_vulnerability) {
  const TicketText text = render_ticket(weak_ciphers(), {Template::reference});
  EXPECT_EQ(text.subject, "Vulnerabilities for shop.example.com");
  EXPECT_EQ(text.body, weak_reference);
}

TEST(Ticket, reference_without_a_certificate_or_a_scan) {
  TicketContext context =
      context_of("poodle_sslv3", model::SubjectKind::endpoint, "endpoint:-:shop.example.com:443:-:-");
  context.certificate.reset();
  context.scan_time.reset();
  context.finding.places = {
      place("192.0.2.1", "SSL 3.0", {{"ciphers", "SSL 3.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA"}})};
  context.finding.places.front().endpoint.sni = "pay.example.com";
  EXPECT_EQ(render_ticket(context, {Template::reference}).body,
            "pay.example.com\n"
            "Vulnerability: POODLE (SSL 3.0 with CBC)\n"
            "Scanned by: Certherald running at https://certherald.example.com:8443");
}

TEST(Ticket, names) {
  TicketContext context = expiry();
  const auto subject = [&] { return render_ticket(context, {Template::reference}).subject; };
  context.certificate->common_name.clear();
  context.certificate->dns_names = {"first.example.com", "second.example.com"};
  EXPECT_EQ(subject(), "SSL Certificate first.example.com expiry");
  context.certificate->dns_names.clear();
  EXPECT_EQ(subject(), "SSL Certificate 192.0.2.1 expiry");
  context.certificate->ip_addresses.clear();
  EXPECT_EQ(subject(), "SSL Certificate serial 0a1b expiry");

  TicketContext weak_key = context_of("weak_key", model::SubjectKind::certificate, "cert:5be1");
  weak_key.certificate->dns_names = {"san.example.com"};
  EXPECT_EQ(render_ticket(weak_key, {Template::reference}).subject, "Vulnerabilities for san.example.com");
}

TEST(Ticket, a_suite_that_only_a_mended_address_had_is_not_listed) {
  TicketContext context = weak_ciphers();
  context.finding.places.front().good_since = context.now;
  const std::string body = render_ticket(context, {Template::detailed}).body;
  EXPECT_EQ(body.find("3DES"), std::string::npos);
  EXPECT_NE(body.find("TLS 1.2 TLS_RSA_WITH_NULL_SHA"), std::string::npos);
  EXPECT_EQ(body.find("at 192.0.2.1"), std::string::npos);
}

TEST(Ticket, detailed_of_expiry) {
  EXPECT_EQ(render_ticket(expiry(), {Template::detailed}).body,
            "The SSL Certificate shop.example.com expiring soon, please take care\n"
            "\n"
            "Certificate\n"
            "  Subject: CN=shop.example.com,O=Example\n"
            "  Issuer: CN=Example CA\n"
            "  Serial number: 0a1b\n"
            "  Valid from: 2026-09-25 09:00:00 UTC\n"
            "  Valid until: 2026-12-24 09:00:00 UTC (in 30 days)\n"
            "  Key: ec P-256\n"
            "  Signature: ecdsa-with-SHA256\n"
            "  SHA-256 fingerprint: 5be1\n"
            "  Alternative name: shop.example.com\n"
            "  Alternative name: www.example.com\n"
            "  Alternative name: 192.0.2.1\n"
            "\n"
            "Where it is deployed\n"
            "  shop.example.com:443 at 192.0.2.1\n"
            "  shop.example.com:443 at 192.0.2.2\n"
            "\n"
            "What was seen\n"
            "  expires in 30 days\n"
            "\n"
            "What to do\n"
            "  The certificate has expired or will soon. Clients refuse an expired certificate.\n"
            "  Renew the certificate and install it on every endpoint that serves it.\n"
            "\n"
            "More: https://certherald.example.com:8443/findings/17");
}

TEST(Ticket, detailed_starts_with_reference_and_lists_further_problems) {
  TicketContext context =
      context_of("poodle_sslv3", model::SubjectKind::endpoint, "endpoint:-:shop.example.com:443:-:-");
  context.finding.places = {place("192.0.2.1", "SSL 3.0 with CBC is accepted")};
  model::Finding old = context.finding;
  old.check = "deprecated_protocol";
  old.severity = Severity::low;
  old.places = {place("192.0.2.1", "TLS 1.0 is accepted", {{"versions", "TLS 1.0"}})};
  context.also = {old};
  const std::string body = render_ticket(context, {Template::detailed}).body;
  EXPECT_TRUE(body.starts_with(render_ticket(context, {Template::reference}).body + "\n\nCertificate\n"));
  EXPECT_NE(body.find("\n  CVE-2014-3566\n"), std::string::npos);
  EXPECT_NE(body.find("Further problems there\n"
                      "  Deprecated protocol version (low)\n"
                      "    TLS 1.0 is accepted\n"
                      "    versions: TLS 1.0\n"),
            std::string::npos);
}

TEST(Ticket, fifty_deployments_are_one_list_and_more_are_counted) {
  TicketContext context = expiry();
  context.finding.places.clear();
  for (int i = 0; i < 230; ++i) {
    context.finding.places.push_back(place(fmt::format("198.51.100.{}", i), "expires in 30 days"));
  }
  const std::string body = render_ticket(context, {Template::detailed}).body;
  EXPECT_NE(body.find("at 198.51.100.199\n  and 30 more: https://certherald.example.com:8443/findings/17\n"),
            std::string::npos);
  EXPECT_EQ(body.find("198.51.100.200"), std::string::npos);
}

TEST(Ticket, hostile_text_stays_in_its_line) {
  TicketContext context = expiry();
  context.certificate->common_name = "evil\r\nBcc: all@example.com\x1b[31m\xff" + std::string(5'000, 'a');
  context.certificate->issuer = "CN=a\nMore: https://evil.example.com";
  context.certificate->dns_names = {"x\nScanned by: nobody"};
  context.finding.places.front().evidence = {{"name\n", "one\ntwo\x07\n"}};
  context.finding.places.front().reason = "first\nsecond";
  const model::TicketDraft draft = make_draft(context, {Template::detailed}, "4f");
  EXPECT_EQ(draft.subject.find_first_of("\r\n\x1b"), std::string::npos);
  EXPECT_LT(draft.subject.size(), 400U);
  EXPECT_EQ(draft.body.find_first_of("\r\x1b\x07"), std::string::npos);
  for (const char* line : {"\nMore: https://evil", "\nScanned by: nobody", "\nBcc", "\nsecond"}) {
    EXPECT_EQ(draft.body.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(draft.values.at("common_name").find('\n'), std::string::npos);
  EXPECT_EQ(render_note(context, {}).find("\nBcc"), std::string::npos);
}

TEST(Ticket, how_it_was_proved_on_the_wire_is_in_no_text) {
  TicketContext context = weak_ciphers();
  const std::string body = render_ticket(context, {Template::detailed}).body;
  const std::string note = render_note(context, {});
  for (model::FindingPlace& place : context.finding.places) {
    for (const std::string_view name : model::probe_evidence)
      place.evidence[std::string(name)] = "TLS 1.0 16030100";
  }
  EXPECT_EQ(render_ticket(context, {Template::detailed}).body, body);
  EXPECT_EQ(render_note(context, {}), note);
}

TEST(Ticket, drafts) {
  const model::TicketDraft draft = make_draft(weak_ciphers(), {Template::reference}, "4f");
  EXPECT_EQ(draft.key, "4f");
  EXPECT_EQ(draft.subject, "Vulnerabilities for shop.example.com");
  EXPECT_EQ(draft.body, weak_reference);
  EXPECT_EQ(draft.severity, Severity::high);
  const std::map<std::string, std::string> values = {
      {"owner", "web-team"}, {"host", "shop.example.com"},        {"check", "weak_ciphers"},
      {"severity", "high"},  {"common_name", "shop.example.com"}, {"domain", "shop.example.com"}};
  EXPECT_EQ(draft.values, values);
}

TEST(Ticket, urgency_follows_the_date_to_the_second) {
  struct Case {
    std::string_view now;
    int urgency;
  };
  const std::vector<Case> cases = {
      {"2026-11-24T09:00:00Z", 3}, {"2026-11-24T09:00:01Z", 2}, {"2026-12-17T09:00:00Z", 2},
      {"2026-12-17T09:00:01Z", 1}, {"2026-12-24T09:00:00Z", 1}, {"2027-03-01T00:00:00Z", 1},
  };
  for (const Case& one : cases) {
    TicketContext context = expiry();
    context.now = at(one.now);
    EXPECT_EQ(make_draft(context, {Template::detailed}, "4f").urgency, one.urgency) << one.now;
  }
}

TEST(Ticket, urgency_and_impact_follow_the_severity) {
  struct Case {
    Severity severity;
    int urgency;
    int impact;
  };
  const std::vector<Case> cases = {{Severity::critical, 1, 1},
                                   {Severity::high, 1, 2},
                                   {Severity::medium, 2, 2},
                                   {Severity::low, 3, 3},
                                   {Severity::info, 3, 3}};
  for (const Case& one : cases) {
    TicketContext context = weak_ciphers();
    context.finding.severity = one.severity;
    const model::TicketDraft draft = make_draft(context, {Template::detailed}, "4f");
    EXPECT_EQ(draft.urgency, one.urgency) << model::to_string(one.severity);
    EXPECT_EQ(draft.impact, one.impact) << model::to_string(one.severity);
  }
}

TEST(Ticket, no_text_from_outside_passes_for_a_line_of_ours) {
  TicketContext context = weak_ciphers();
  context.finding.places.front().endpoint.sni = "More: https://evil.example.com";
  context.finding.places.front().evidence["ciphers"] =
      "TLS 1.2 TLS_RSA_WITH_NULL_SHA\nMore: https://evil.example.com";
  const TicketText text = render_ticket(context, {Template::reference});
  EXPECT_TRUE(text.body.starts_with("\"More: https://evil.example.com\"\nVulnerability: ")) << text.body;
  EXPECT_NE(text.body.find("\nTLS 1.2 TLS_RSA_WITH_NULL_SHA\n"), std::string::npos) << text.body;
  EXPECT_EQ(text.body.find("\nMore: "), std::string::npos) << text.body;
}

// As many suites, places and names as an old server behind a long list of names has.
TicketContext crowded(int suites) {
  TicketContext context = weak_ciphers();
  std::string ciphers;
  for (int i = 0; i < suites; ++i) ciphers += fmt::format("TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA_{:03}\n", i);
  context.finding.places.clear();
  for (int i = 0; i < 50; ++i) {
    context.finding.places.push_back(place(fmt::format("192.0.2.{}", i), fmt::format("{} weak suites", i)));
  }
  context.finding.places.back().evidence = {{"ciphers", ciphers}};
  for (int i = 0; i < 120; ++i)
    context.certificate->dns_names.push_back(fmt::format("\u00e4{}.example.com", i));
  return context;
}

// In code points.
std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & '\xc0') != '\x80'; }));
}

const std::string more = " more: https://certherald.example.com:8443/findings/17\n";

TEST(Ticket, a_body_that_would_be_too_long_has_shorter_lists_and_its_end) {
  const TicketContext context = crowded(40);
  const std::string body = render_ticket(context, {Template::detailed, 3'986}).body;
  EXPECT_LE(length(body), 3'986U);
  EXPECT_GT(length(body), 3'700U);
  EXPECT_TRUE(body.starts_with(render_ticket(context, {Template::reference}).body + "\n")) << body;
  EXPECT_TRUE(body.ends_with("\nMore: https://certherald.example.com:8443/findings/17")) << body;
  for (const char* line :
       {"\n  Issuer: CN=Example CA\n", "\n  SHA-256 fingerprint: 5be1\n", "\nWhere it was seen\n",
        "\n  shop.example.com:443 at 192.0.2.0\n", "\nWhat to do\n"}) {
    EXPECT_NE(body.find(line), std::string::npos) << line << body;
  }
  EXPECT_NE(body.find(more), std::string::npos) << body;
}

TEST(Ticket, the_suites_of_the_reference_give_way_after_other_lists_and_its_last_line_never) {
  const TicketContext context = crowded(300);
  for (const Template body_template : {Template::reference, Template::detailed}) {
    const std::string body = render_ticket(context, {body_template, 3'986}).body;
    EXPECT_LE(length(body), 3'986U);
    EXPECT_NE(body.find("\nTLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA_040\n"), std::string::npos);
    EXPECT_NE(body.find(more + "Signature Algorithm: "), std::string::npos) << body;
    EXPECT_NE(body.find("\nScanned by: Certherald running at https://certherald.example.com:8443"),
              std::string::npos);
    const bool detailed = body_template == Template::detailed;
    for (const char* line : {"\n  Issuer: CN=Example CA\n", "\n  shop.example.com:443 at 192.0.2.0\n",
                             "\n  0 weak suites\n", "\n  SHA-256 fingerprint: 5be1\n"}) {
      EXPECT_EQ(body.find(line) != std::string::npos, detailed) << line << body;
    }
  }
}

TEST(Ticket, no_limit_is_exceeded_and_none_cuts_without_need) {
  const TicketContext context = crowded(40);
  const std::string whole = render_ticket(context, {}).body;
  for (std::size_t longest = 1'200; longest < length(whole) + 397; longest += 397) {
    ASSERT_LE(length(render_ticket(context, {Template::detailed, longest}).body), longest);
  }
  EXPECT_EQ(render_ticket(context, {Template::detailed, length(whole)}).body, whole);
  EXPECT_NE(render_ticket(context, {Template::detailed, length(whole) - 1}).body, whole);
}

TEST(Ticket, weak_suites_are_listed_once) {
  const std::string body = render_ticket(weak_ciphers(), {}).body;
  const std::string suite = "TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA";
  EXPECT_EQ(body.find(suite), body.rfind(suite)) << body;
  EXPECT_NE(body.find("\nWhat was seen\n  2 weak suites are accepted\n  1 weak suite is accepted\n\n"),
            std::string::npos)
      << body;
}

TEST(Note, one_that_would_be_too_long_keeps_its_end) {
  const TicketContext context = crowded(300);
  const std::string note = render_note(context, {Template::detailed, 3'986});
  EXPECT_LE(length(note), 3'986U);
  EXPECT_TRUE(
      note.ends_with("\nScan Time: 2026-11-24 02:33:07 UTC\n"
                     "Scanned by: Certherald running at https://certherald.example.com:8443"));
  EXPECT_NE(note.find(more), std::string::npos);
}

TEST(Note, expiry_says_how_long_and_where) {
  TicketContext context = expiry();
  context.now = at("2026-12-20T02:00:00Z");
  context.scan_time = at("2026-12-20T01:59:00Z");
  context.finding.places.back().good_since = at("2026-12-19T02:00:00Z");
  EXPECT_EQ(render_note(context, {}),
            "Still there: 2026-12-20 02:00:00 UTC\n"
            "The SSL Certificate shop.example.com expires in 4 days (Expiry Date: 2026-12-24 09:00:00 UTC)\n"
            "\n"
            "Where it is deployed\n"
            "  shop.example.com:443 at 192.0.2.1\n"
            "\n"
            "Seen good\n"
            "  shop.example.com:443 at 192.0.2.2, since 2026-12-19 02:00:00 UTC\n"
            "\n"
            "Scan Time: 2026-12-20 01:59:00 UTC\n"
            "Scanned by: Certherald running at https://certherald.example.com:8443");
  context.now = at("2026-12-28T09:00:00Z");
  EXPECT_NE(render_note(context, {}).find("shop.example.com expired 4 days ago (Expiry Date"),
            std::string::npos);
}

TEST(Note, vulnerability_says_what_is_still_seen) {
  const std::string note = render_note(weak_ciphers(), {});
  EXPECT_TRUE(
      note.starts_with("Still there: 2026-11-24 02:40:00 UTC\n"
                       "shop.example.com: Weak Cipher Suites\n"
                       "\n"
                       "Where it was seen\n"
                       "  shop.example.com:443 at 192.0.2.1\n"
                       "  shop.example.com:443 at 192.0.2.2\n"
                       "\n"
                       "What was seen\n"
                       "  2 weak suites are accepted\n"
                       "  1 weak suite is accepted\n"
                       "  ciphers: TLS 1.0 TLS_RSA_WITH_3DES_EDE_CBC_SHA\n"
                       "  ciphers: TLS 1.2 TLS_RSA_WITH_NULL_SHA\n"
                       "\n"))
      << note;
}

}  // namespace
}  // namespace certherald::render
