#include "app/config/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace certherald::app {
namespace {

ParsedConfiguration parse(std::string_view text) {
  const FileProbe probe = [](const std::string& path, FileKind kind) {
    if (path == "missing.pem") return "no such file";
    return path == "key.pem" && kind == FileKind::certificate ? "no certificate" : "";
  };
  return parse_configuration(text, "a.toml", probe);
}

constexpr std::string_view desk = R"([[connection]]
name = "desk"
type = "servicedesk_plus"
url = "https://desk.example.com:8080/"
auth_token = { env = "SDP_TOKEN" }
)";

TEST(ParseConfiguration, ReadsWhatTheDocumentShows) {
  const auto parsed = parse(std::string(R"(
[server]
public_url = "https://certherald.example.com"
[[endpoint]]
host = "Shop.Example.com."
tags = ["prod", "a", "prod"]
[[policy]]
name = "share"
kind = "expiry"
within = "33%"
repeat = "new_ticket"
[[policy]]
name = "vulnerable"
kind = "vulnerability"
[[schedule]]
name = "nightly"
task = "vulnerability_scan"
rrule = "FREQ=DAILY;BYHOUR=2;BYMINUTE=0"
time_zone = "Europe/Berlin"
dtstart = "2026-12-01T02:00:00"
exdate = ["2026-12-25T02:00:00", "2026-12-24T02:00:00", "2026-12-25T02:00:00"]
)") + std::string(desk) + "requester = \"svc@example.com\"\nudf_char1 = \"{{owner}}\"\n");
  ASSERT_TRUE(parsed) << describe(parsed.error().front());
  EXPECT_EQ(parsed->server->public_url, "https://certherald.example.com:443");
  EXPECT_EQ(parsed->endpoints.at(0).key.host, "shop.example.com");
  EXPECT_EQ(parsed->endpoints.at(0).key.sni, "shop.example.com");
  EXPECT_THAT(parsed->endpoints.at(0).tags, testing::ElementsAre("a", "prod"));
  EXPECT_EQ(parsed->policies.at(0).within, model::Within(model::ValidityShare{33}));
  EXPECT_EQ(parsed->policies.at(1).every, (Duration{1, DurationUnit::week}));
  EXPECT_EQ(parsed->connections.at(0).url, "https://desk.example.com:8080");
  EXPECT_EQ(parsed->connections.at(0).fields.at("udf_char1"), "{{owner}}");
  EXPECT_EQ(parsed->schedules.at(0).dtstart, "2026-12-01T02:00:00");
  EXPECT_THAT(parsed->schedules.at(0).exdates,
              testing::ElementsAre("2026-12-24T02:00:00", "2026-12-25T02:00:00"));
  EXPECT_FALSE(parsed->scan);
}

TEST(ParseConfiguration, AProtocolBeforeTlsBringsItsPort) {
  const auto parsed = parse(R"(
[[endpoint]]
host = "mx.example.com"
starttls = "SMTP"
[[endpoint]]
host = "mail.example.com"
port = 1143
starttls = "imap"
)");
  ASSERT_TRUE(parsed) << describe(parsed.error().front());
  EXPECT_EQ(model::subject_text(parsed->endpoints.at(0).key),
            "endpoint:smtp:mx.example.com:25:mx.example.com:-");
  EXPECT_EQ(model::subject_text(parsed->endpoints.at(1).key),
            "endpoint:imap:mail.example.com:1143:mail.example.com:-");
}

TEST(ParseConfiguration, KnowsThreePlacesOfASecret) {
  const std::pair<std::string, model::SecretRef> rows[] = {
      {"{ env = \"NAME\" }", model::EnvSecret{"NAME"}},
      {"{ file = \"/run/token\" }", model::FileSecret{"/run/token"}},
      {"{ stored = \"desk.token-1_A\" }", model::StoredSecret{"desk.token-1_A"}},
  };
  for (const auto& [text, wanted] : rows) {
    const std::string snow = fmt::format(
        "[[connection]]\nname = \"s\"\ntype = \"servicenow\"\nurl = \"https://a\"\n"
        "username = \"u\"\npassword = {}\nauth_token = {}\n",
        text, text);
    const auto parsed = parse(snow);
    ASSERT_TRUE(parsed) << describe(parsed.error().front());
    EXPECT_EQ(parsed->connections.at(0).password, wanted);
    EXPECT_EQ(parsed->connections.at(0).auth_token, wanted);
  }
}

std::string with_rule(std::string_view rule) {
  return fmt::format("[[schedule]]\nname = \"s\"\ntask = \"vulnerability_scan\"\nrrule = \"{}\"\n", rule);
}

TEST(ParseConfiguration, AProxyHasItsCredentialsBesideIt) {
  const auto parsed = parse(std::string(desk) + "proxy = \"socks5h://Proxy.example.com:1080/\"\n" +
                            "proxy_username = \"out\"\nproxy_password = { env = \"PROXY\" }\n");
  ASSERT_TRUE(parsed) << describe(parsed.error().front());
  EXPECT_EQ(parsed->connections.at(0).proxy, "socks5h://Proxy.example.com:1080");
  EXPECT_EQ(parsed->connections.at(0).proxy_username, "out");
  EXPECT_EQ(parsed->connections.at(0).proxy_password, model::SecretRef(model::EnvSecret{"PROXY"}));
}

struct Row {
  std::string text;
  int line;
  std::string message;
  std::string mend;
};

TEST(ParseConfiguration, RefusesWithLineAndMend) {
  const std::string with_desk(desk);
  const Row rows[] = {
      {"[sevrer]\n", 1, "no block 'sevrer'", "doc/configuration.md"},
      {"[[endpoint]]\nhost = \"a\"\nprot = 1\n", 3, "no key 'prot'", "did you mean 'port'"},
      {"[[endpoint]]\nport = 443\n", 1, "'host' is missing", "add host"},
      {"[[endpoint]]\nhost = \"a\"\nport = 70000\n", 3, "from 1 to 65535", ""},
      {"[[endpoint]]\nhost = \"a\"\n[[endpoint]]\nhost = \"A\"\n", 3, "line 1 already", "remove one"},
      {"[[endpoint]]\nhost = \"a\"\nstarttls = \"gopher\"\n", 3,
       "no STARTTLS is known for the protocol 'gopher'", "there are smtp, lmtp"},
      {"[endpoint]\nhost = \"a\"\n", 1, "many times", "[[endpoint]]"},
      {"[[endpoint]]\nhost = \"300.1.1.1\"\n", 2, "looks like an address", "0 to 255"},
      {with_desk + "auth_token = \"x\"\n", 6, "", ""},  // TOML itself: defined twice
      {"[[connection]]\nname = \"a\"\ntype = \"servicedesk_plus\"\nurl = \"https://a\"\nauth_token = "
       "\"literal\"\n",
       5, "holds a secret itself", "{ env = \"NAME\" }"},
      {"[[connection]]\nname = \"a\"\ntype = \"servicedesk_plus\"\nurl = \"ftp://a\"\nauth_token = { env = "
       "\"A\" }\n",
       4, "only http and https", ""},
      {"[[connection]]\nname = \"a\"\ntype = \"servicedesk_plus\"\nurl = \"https://a\"\nauth_token = "
       "{ stored = \"a b\" }\n",
       5, "'a b' is no name of a stored secret", "1 to 64"},
      {"[[connection]]\nname = \"a\"\ntype = \"servicedesk_plus\"\nurl = \"https://a\"\nauth_token = "
       "{ stored = \"a\", env = \"A\" }\n",
       5, "does not say where", "{ stored = \"NAME\" }"},
      {"[[connection]]\nname = \"a\"\ntype = \"servicedesk_plus\"\nurl = \"https://a\"\nauth_token = "
       "{ file = \"missing.pem\" }\n",
       5, "auth_token: missing.pem cannot be read: no such file", "write the secret into that file"},
      {with_desk + "proxy = \"http://p:1\"\nproxy_username = \"u\"\n" +
           "proxy_password = { file = \"missing.pem\" }\n",
       8, "proxy_password: missing.pem cannot be read", "write the secret into that file"},
      {with_desk + "ca_file = \"missing.pem\"\n", 6, "cannot be read: no such file", "path of a file"},
      {with_desk + "proxy = \"http://user:Secret@127.0.0.1:9\"\n", 6, "credentials do not belong into a URL",
       "proxy_password"},
      {with_desk + "proxy = \"not a url\"\n", 6, "no URL of a proxy", "http://proxy"},
      {with_desk + "proxy = \"ftp://proxy\"\n", 6, "socks5h", ""},
      {with_desk + "proxy = \"http://proxy/pac\"\n", 6, "no path", ""},
      {with_desk + "proxy = \"http://p:1\"\nproxy_username = \"u\"\nproxy_password = \"literal\"\n", 8,
       "holds a secret itself", "{ env = \"NAME\" }"},
      {with_desk + "proxy_username = \"u\"\nproxy_password = { env = \"P\" }\n", 6, "without 'proxy'",
       "remove"},
      {with_desk + "proxy = \"http://p:1\"\nproxy_username = \"u\"\n", 7, "without 'proxy_password'", ""},
      {with_desk + "client_key = \"key.pem\"\nclient_cert = \"key.pem\"\n", 7,
       "cannot be read: no certificate", "path of a PEM file"},
      {with_desk + "caller_id = \"x\"\n", 6, "no field of servicedesk_plus", "remove"},
      {"[[policy]]\nname = \"p\"\nkind = \"expiry\"\nwithin = \"soon\"\n", 4, "not a duration", "30s 15m"},
      {"[[policy]]\nname = \"p\"\nkind = \"expiry\"\nchecks = [\"heartbeat\"]\n", 4, "no check 'heartbeat'",
       ""},
      {"[[schedule]]\nname = \"s\"\ntask = \"vulnerability_scan\"\nrrule = \"daily\"\n", 4, "", ""},
      {with_rule("FREQ=DAILY") + "dtstart = \"2026-12-01\"\n", 5, "dtstart: '2026-12-01' is not a local date",
       "2026-12-01T02:00:00"},
      {with_rule("FREQ=DAILY") + "dtstart = \"\"\n", 5, "dtstart: '' is not a local date",
       "2026-12-01T02:00:00"},
      {with_rule("FREQ=DAILY") + "dtstart = 2026-12-01T02:00:00\n", 5, "dtstart", ""},  // no text
      {with_rule("FREQ=DAILY") + "exdate = [\"2026-12-24T02:00:00Z\"]\n", 5, "exdate: '2026-12-24T02:00:00Z'",
       "without a zone"},
      {with_rule("FREQ=DAILY;UNTIL=20261231") + "dtstart = \"2027-01-01T00:00:00\"\n", 5,
       "never falls on any date", "UNTIL"},
      {with_rule("FREQ=DAILY;COUNT=1") +
           "dtstart = \"2027-01-01T00:00:00\"\nexdate = [\"2027-01-01T00:00:00\"]\n",
       5, "never falls on any date", "exdate"},
      {with_rule("FREQ=DAILY;COUNT=20000"), 4, "COUNT is above 10000", "take UNTIL"},
      {"[scan]\nfetch_allow = [\"10.0.0.0/40\"]\n", 2, "not a network", "10.0.0.0/8"},
      {"[[endpoint]\n", 1, "", ""},
      {"\xff", 0, "not UTF-8", "UTF-8"},
  };
  for (const Row& row : rows) {
    const auto parsed = parse(row.text);
    ASSERT_FALSE(parsed) << row.text;
    const ConfigurationProblem& problem = parsed.error().front();
    EXPECT_EQ(problem.line, row.line) << row.text << describe(problem);
    EXPECT_THAT(problem.message, testing::HasSubstr(row.message)) << row.text;
    EXPECT_THAT(problem.mend, testing::HasSubstr(row.mend)) << row.text;
  }
}

TEST(ParseConfiguration, TellsEveryProblemInTheOrderOfLines) {
  const auto parsed = parse("[[endpoint]]\nhots = \"a\"\n[scan]\ntrust = 1\n");
  ASSERT_FALSE(parsed);
  ASSERT_EQ(parsed.error().size(), 3U);
  EXPECT_EQ(parsed.error().at(0).line, 1);
  EXPECT_EQ(parsed.error().at(2).line, 4);
}

TEST(ParseConfiguration, ReadsDiscoveries) {
  const auto parsed = parse(R"(
[[discovery]]
name = "office"
targets = ["10.0.0.0/24", "smtp://mx.example.com", "@hosts.txt"]
ports = "443,8443"
exclude = ["10.0.0.5", "10.0.0.64/26:8443"]
owner = "net-team"
tags = ["b", "a", "b"]
rate = 0
timeout = "10s"
[[discovery]]
name = "plain"
targets = ["10.0.0.1"]
[[schedule]]
name = "weekly"
task = "discovery"
rrule = "FREQ=WEEKLY"
discovery = "office"
)");
  ASSERT_TRUE(parsed) << describe(parsed.error().front());
  model::Discovery office;
  office.name = "office";
  office.targets = {"10.0.0.0/24", "smtp://mx.example.com", "@hosts.txt"};
  office.ports = "443,8443";
  office.exclude = {"10.0.0.5", "10.0.0.64/26:8443"};
  office.owner = "net-team";
  office.tags = {"a", "b"};
  office.rate = 0;
  office.timeout = {10, DurationUnit::second};
  EXPECT_EQ(parsed->discoveries.at(0), office);
  model::Discovery plain;
  plain.name = "plain";
  plain.targets = {"10.0.0.1"};
  EXPECT_EQ(parsed->discoveries.at(1), plain);
  EXPECT_EQ(parsed->schedules.at(0).discovery, "office");
  EXPECT_THAT(parsed->discovery_lines, testing::ElementsAre(18));
}

TEST(ParseConfiguration, RefusesDiscoveriesWithLineAndMend) {
  const std::string office = "[[discovery]]\nname = \"a\"\n";
  const std::string whole = office + "targets = [\"10.0.0.1\"]\n";
  const Row rows[] = {
      {office, 1, "'targets' is missing or empty", "add targets"},
      {office + "targets = []\n", 3, "'targets' is missing or empty", "add targets"},
      {office + "targets = [\"10.0.0.0/8\"]\n", 3, "holds more than 65536", "/16"},
      {office + "targets = [\"10.0.0.1:0\"]\n", 3, "the port is not a number", ""},
      {office + "targets = [\"gopher://a\"]\n", 3, "protocol before :// is not known", ""},
      {office + "targets = [\"-\"]\n", 3, "cannot read standard input", "@FILE"},
      {office + "targets = [\"@missing.pem\"]\n", 3, "missing.pem cannot be read: no such file", "path"},
      {office + "targets = [\"@\"]\n", 3, "no name follows the @", "path"},
      {whole + "ports = \"\"\n", 4, "'' is no port", "443,8443"},
      {whole + "ports = \"9-8\"\n", 4, "'9-8' is no port", "443,8443"},
      {whole + "exclude = [\"10.0.0.0/99\"]\n", 4, "from 0 to 32", ""},
      {whole + "exclude = [\"smtp://a\"]\n", 4, "names more than a place", ""},
      {whole + "target = []\n", 4, "no key 'target'", "did you mean 'targets'?"},
      {whole + "rate = -1\n", 4, "from 0 to 100000", ""},
      {whole + "timeout = \"2h\"\n", 4, "from 1s to 60s", ""},
      {whole + whole, 4, "line 1 already", "remove one"},
      {"[[schedule]]\nname = \"s\"\ntask = \"discovery\"\nrrule = \"FREQ=DAILY\"\n", 1,
       "'discovery' is missing", "discovery = "},
      {with_rule("FREQ=DAILY") + "discovery = \"a\"\n", 5, "belongs to schedules of task", "remove"},
      {"set = \"discovery:a\"\n", 1, "no set is called", "another"},
      {"set = \"import\"\n", 1, "no set is called", "another"},
  };
  for (const Row& row : rows) {
    const auto parsed = parse(row.text);
    ASSERT_FALSE(parsed) << row.text;
    const ConfigurationProblem& problem = parsed.error().front();
    EXPECT_EQ(problem.line, row.line) << row.text << describe(problem);
    EXPECT_THAT(problem.message, testing::HasSubstr(row.message)) << row.text;
    EXPECT_THAT(problem.mend, testing::HasSubstr(row.mend)) << row.text;
  }
}

}  // namespace
}  // namespace certherald::app
