#include "scan/starttls/dialog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "scan/starttls/protocols.hpp"

namespace certherald::scan::starttls {
namespace {

using testing::HasSubstr;
using enum EndKind;

std::string text_of(const Bytes& bytes) { return std::string(as_text(bytes)); }

std::string hex(std::string_view digits) {
  std::string packed;
  for (const char c : digits) {
    if (c != ' ') packed += c;
  }
  return text_of(from_hex(packed).value());
}

// One dialog: the server's words and what the client answers to each; the first answer is to silence.
struct Turn {
  std::string server;
  std::string client;
};

struct Row {
  std::string protocol;
  std::string case_name;
  std::vector<Turn> turns;
  EndKind kind = ready;
  std::string detail;
  std::size_t leftover = 0;
};

const std::string ehlo = "EHLO [127.0.0.1]\r\n";
const std::string lhlo = "LHLO [127.0.0.1]\r\n";
const std::string go = "STARTTLS\r\n";

std::vector<Row> mail_rows() {
  return {
      {"smtp",
       "good",
       {{"220 mx\r\n", ehlo}, {"250-mx\r\n250-SIZE 1\r\n250 STARTTLS\r\n", go}, {"220 2.0.0 Ready\r\n", ""}}},
      {"smtp",
       "long greeting",
       {{"220-mx\r\n220-no spam\r\n220 here\r\n", ehlo},
        {"250-mx\r\n250-starttls\r\n250 HELP\r\n", go},
        {"220\r\n", ""}}},
      {"smtp", "bare line feeds", {{"220 mx\n", ehlo}, {"250-mx\n250 STARTTLS\n", go}, {"220 go\n", ""}}},
      {"smtp",
       "not offered",
       {{"220 mx\r\n", ehlo}, {"250-mx\r\n250 X-STARTTLS\r\n", ""}},
       refused,
       "the server does not offer STARTTLS"},
      {"smtp",
       "no EHLO",
       {{"220 mx\r\n", ehlo}, {"502 what\r\n", ""}},
       refused,
       "the server refused EHLO: 502 what"},
      {"smtp",
       "for now",
       {{"220 mx\r\n", ehlo}, {"250 STARTTLS\r\n", go}, {"454 4.7.0 TLS not available\r\n", ""}},
       unavailable,
       "the server refused STARTTLS: 454 4.7.0 TLS not available"},
      {"smtp",
       "refused",
       {{"220 mx\r\n", ehlo}, {"250 STARTTLS\r\n", go}, {"501-no\r\n501 never\r\n", ""}},
       refused,
       "the server refused STARTTLS: 501 never"},
      {"smtp",
       "too many",
       {{"421 4.7.0 too many connections\r\n", ""}},
       blocked,
       "the server refused the connection: 421 4.7.0 too many connections"},
      {"smtp",
       "too many later",
       {{"220 mx\r\n", ehlo}, {"421 bye\r\n", ""}},
       blocked,
       "the server refused EHLO: 421 bye"},
      {"smtp",
       "not for us",
       {{"554 no service here\r\n", ""}},
       unavailable,
       "the server refused the connection: 554 no service here"},
      {"smtp",
       "another protocol",
       {{"SSH-2.0-x\x1b[31m\r\n", ""}},
       foreign,
       "does not speak SMTP (SSH-2.0-x\ufffd[31m)"},
      {"smtp",
       "leftover",
       {{"220 mx\r\n", ehlo}, {"250 STARTTLS\r\n", go}, {"220 go\r\n250 injected\r\n", ""}},
       ready,
       "",
       14},
      {"lmtp",
       "good",
       {{"220 mx LMTP\r\n", lhlo}, {"250-mx\r\n250-STARTTLS\r\n250 8BITMIME\r\n", go}, {"220 go\r\n", ""}}},
      {"lmtp",
       "refused",
       {{"220 mx\r\n", lhlo}, {"250 STARTTLS\r\n", go}, {"502 no\r\n", ""}},
       refused,
       "the server refused STARTTLS: 502 no"},
      {"imap",
       "good",
       {{"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", "a STARTTLS\r\n"},
        {"* CAPABILITY x\r\na OK go\r\n", ""}}},
      {"imap",
       "refused",
       {{"* OK hi\r\n", "a STARTTLS\r\n"}, {"a BAD unknown\r\n", ""}},
       refused,
       "the server refused STARTTLS: a BAD unknown"},
      {"imap",
       "logged in",
       {{"* PREAUTH hi\r\n", ""}},
       unavailable,
       "the server refused STARTTLS: * PREAUTH hi"},
      {"imap",
       "too many",
       {{"* BYE Too many connections\r\n", ""}},
       blocked,
       "the server refused STARTTLS: * BYE Too many connections"},
      {"imap", "another protocol", {{"+OK pop\r\n", ""}}, foreign, "does not speak IMAP (+OK pop)"},
      {"imap", "leftover", {{"* OK hi\r\n", "a STARTTLS\r\n"}, {"a OK go\r\n* BYE\r\n", ""}}, ready, "", 7},
      {"pop3", "good", {{"+OK hi\r\n", "STLS\r\n"}, {"+OK go\r\n", ""}}},
      {"pop3",
       "refused",
       {{"+OK hi\r\n", "STLS\r\n"}, {"-ERR no\r\n", ""}},
       refused,
       "the server refused STLS: -ERR no"},
      {"pop3",
       "turned away",
       {{"-ERR [SYS/TEMP] busy\r\n", ""}},
       unavailable,
       "the server refused the connection: -ERR [SYS/TEMP] busy"},
      {"pop3", "another protocol", {{"* OK\r\n", ""}}, foreign, "does not speak POP3 (* OK)"},
      {"sieve", "good", {{"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"hi\"\r\n", go}, {"OK\r\n", ""}}},
      {"sieve",
       "not offered",
       {{"\"SIEVE\" \"STARTTLS\"\r\nOK\r\n", ""}},
       refused,
       "the server does not offer STARTTLS"},
      {"sieve",
       "refused",
       {{"\"STARTTLS\"\r\nOK\r\n", go}, {"NO \"later\"\r\n", ""}},
       refused,
       "the server refused STARTTLS: NO \"later\""},
      {"sieve",
       "turned away",
       {{"BYE \"full\"\r\n", ""}},
       blocked,
       "the server refused the connection: BYE \"full\""},
  };
}

std::vector<Row> other_line_rows() {
  const std::string tls = "AUTH TLS\r\n";
  const std::string ssl = "AUTH SSL\r\n";
  return {
      {"ftp", "good", {{"220-hi\r\n welcome\r\n220 there\r\n", tls}, {"234 go\r\n", ""}}},
      {"ftp", "the older word", {{"220 hi\r\n", tls}, {"504 what\r\n", ssl}, {"234 go\r\n", ""}}},
      {"ftp",
       "refused",
       {{"220 hi\r\n", tls}, {"500 no\r\n", ssl}, {"500 OOPS\r\n", ""}},
       refused,
       "the server refused AUTH TLS: 500 OOPS"},
      {"ftp",
       "too many",
       {{"421 Too many users\r\n", ""}},
       blocked,
       "the server refused the connection: 421 Too many users"},
      {"ftp",
       "for now",
       {{"220 hi\r\n", tls}, {"431 no key\r\n", ""}},
       unavailable,
       "the server refused AUTH TLS: 431 no key"},
      {"nntp", "good", {{"200 hi\r\n", go}, {"382 go\r\n", ""}}},
      {"nntp", "without posting", {{"201 hi\r\n", go}, {"382 go\r\n", ""}}},
      {"nntp",
       "refused",
       {{"200 hi\r\n", go}, {"580 no\r\n", ""}},
       refused,
       "the server refused STARTTLS: 580 no"},
      {"nntp",
       "turned away",
       {{"400 full\r\n", ""}},
       unavailable,
       "the server refused the connection: 400 full"},
      {"irc", "good", {{"", go}, {":irc NOTICE * :*** Looking up\r\nPING :1\r\n:irc 670 * :go\r\n", ""}}},
      {"irc",
       "refused",
       {{"", go}, {":irc 691 * :no\r\n", ""}},
       refused,
       "the server refused STARTTLS: :irc 691 * :no"},
      {"irc",
       "unknown",
       {{"", go}, {":irc 421 * STARTTLS :Unknown command\r\n", ""}},
       refused,
       "the server refused STARTTLS: :irc 421 * STARTTLS :Unknown command"},
      {"irc",
       "turned away",
       {{"", go}, {"ERROR :Throttled\r\n", ""}},
       blocked,
       "the server refused STARTTLS: ERROR :Throttled"},
      {"irc",
       "another protocol",
       {{"", go}, {"HTTP/1.1 400 Bad\r\n", ""}},
       foreign,
       "does not speak IRC (HTTP/1.1 400 Bad)"},
  };
}

std::string stream_to(const std::string& space, const std::string& to) {
  return "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
         "xmlns='jabber:" +
         space + "'" + to + " version='1.0'>";
}

std::vector<Row> xmpp_rows() {
  const std::string open = stream_to("client", " to='name.example'");
  const std::string ask = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  const std::string head = "<?xml version='1.0'?><stream:stream id='a>b' version=\"1.0\">";
  const std::string offer =
      head + "<stream:features><starttls xmlns='urn:x'><required/></starttls></stream:features>";
  return {
      {"xmpp", "good", {{"", open}, {offer, ask}, {"<proceed xmlns='urn:x'/>", ""}}},
      {"xmpp", "of a pair of tags", {{"", open}, {offer, ask}, {" <tls:proceed></tls:proceed>", ""}}},
      {"xmpp-server",
       "good",
       {{"", stream_to("server", " to='name.example'")}, {offer, ask}, {"<proceed/>", ""}}},
      {"xmpp",
       "not offered",
       {{"", open}, {head + "<stream:features/>", ""}},
       refused,
       "the server does not offer STARTTLS"},
      {"xmpp",
       "refused",
       {{"", open}, {offer, ask}, {"<failure xmlns='urn:x'/>", ""}},
       refused,
       "the server refused STARTTLS: it says no more"},
      {"xmpp",
       "unknown host",
       {{"", open}, {head + "<stream:error><host-unknown xmlns='y'/>", ""}},
       refused,
       "the server refused STARTTLS: host-unknown"},
      {"xmpp",
       "ended",
       {{"", open}, {head + "</stream:stream>", ""}},
       refused,
       "the server ended the stream instead of beginning TLS"},
      {"xmpp", "another protocol", {{"", open}, {"H", ""}}, foreign, "does not speak XMPP (H)"},
      {"xmpp", "a page", {{"", open}, {"<html>", ""}}, foreign, "does not speak XMPP (<html>)"},
      {"xmpp", "leftover", {{"", open}, {offer, ask}, {"<proceed/><a/>", ""}}, ready, "", 4},
  };
}

std::vector<Row> directory_rows() {
  const std::string ask = hex("301d02010177188016") + "1.3.6.1.4.1.1466.20037";
  return {
      {"ldap", "of OpenLDAP", {{"", ask}, {hex("300c02010178070a010004000400"), ""}}},
      {"ldap",
       "of Active Directory",
       {{"", ask},
        {hex("3084000000280201017884 0000001f 0a010004000400 8a16") + "1.3.6.1.4.1.1466.20037", ""}}},
      {"ldap",
       "unavailable",
       {{"", ask}, {hex("300f02010178 0a0a0134 0400 0403") + "why", ""}},
       unavailable,
       "the server refused StartTLS: 52 unavailable: why"},
      {"ldap",
       "refused",
       {{"", ask}, {hex("300c02010178070a010204000400"), ""}},
       refused,
       "the server refused StartTLS: 2 protocolError"},
      {"ldap",
       "disconnected",
       {{"", ask}, {hex("300c02010078070a013404000400"), ""}},
       unavailable,
       "the server refused StartTLS: 52 unavailable"},
      {"ldap",
       "another answer",
       {{"", ask}, {hex("300c02010165070a010004000400"), ""}},
       foreign,
       "does not speak LDAP"},
      {"ldap", "cut inside", {{"", ask}, {hex("3003020101"), ""}}, foreign, "does not speak LDAP"},
      {"ldap", "endless", {{"", ask}, {hex("30847fffffff"), ""}}, foreign, "does not speak LDAP"},
      {"ldap", "leftover", {{"", ask}, {hex("300c02010178070a010004000400 3000"), ""}}, ready, "", 2},
  };
}

std::vector<Row> database_rows() {
  const std::string ssl_request = hex("0000000804d2162f");
  const std::string mysql_rest = hex("01000000 4142434445464748 00 fffe 21 0200 ffc1 15");
  const std::string mysql_greeting = hex("1f000000 0a") + "10.11.6" + hex("00") + mysql_rest + "x";
  const std::string mysql_ask = hex("20000001 85aeff00 00000001 21") + std::string(23, '\0');
  const std::string prelogin =
      hex("1201002f00000100 00001a0006 0100200001 0200210001 0300220004 0400260001 ff 110000000000 01 00 "
          "00000000 00");
  const auto tds = [](const std::string& encryption) {
    return hex("0401002b00000100 00001a0006 0100200001 0200210001 0300220000 0400220001 ff 0f0007d00000 " +
               encryption + " 00 00");
  };
  return {
      {"postgres", "good", {{"", ssl_request}, {"S", ""}}},
      {"postgres",
       "refused",
       {{"", ssl_request}, {"N", ""}},
       refused,
       "the server refused TLS: it answered N"},
      {"postgres",
       "an error",
       {{"", ssl_request}, {"E", ""}},
       unavailable,
       "answered the request for TLS with an error"},
      {"postgres",
       "another protocol",
       {{"", ssl_request}, {"H", ""}},
       foreign,
       "does not speak PostgreSQL (H)"},
      {"postgres", "leftover", {{"", ssl_request}, {"SN", ""}}, ready, "", 1},
      {"mysql", "good", {{mysql_greeting, mysql_ask}}},
      {"mysql",
       "with more behind",
       {{hex("17000000 0a 3500 01000000 4142434445464748 00 fffe 21 0200 ffc1"), mysql_ask}}},
      {"mysql",
       "no TLS",
       {{hex("12000000 0a 3500 01000000 4142434445464748 00 00f7"), ""}},
       refused,
       "the server does not offer TLS"},
      {"mysql",
       "blocked",
       {{hex("0b000000 ff6904") + "Host 'a'", ""}},
       blocked,
       "the server refused the connection: 1129 Host 'a'"},
      {"mysql",
       "not allowed",
       {{hex("0b000000 ff6a04") + "Host 'a'", ""}},
       unavailable,
       "the server refused the connection: 1130 Host 'a'"},
      {"mysql", "another protocol", {{"220 f", ""}}, foreign, "does not speak MySQL"},
      {"mysql", "cut inside", {{hex("05000000 0a 35363738"), ""}}, foreign, "does not speak MySQL"},
      {"mysql", "leftover", {{mysql_greeting + "ab", mysql_ask}}, ready, "", 2},
      {"mssql", "on", {{"", prelogin}, {tds("01"), ""}}},
      {"mssql", "required", {{"", prelogin}, {tds("03"), ""}}},
      {"mssql", "off", {{"", prelogin}, {tds("00"), ""}}},
      {"mssql",
       "of two packets",
       {{"", prelogin}, {hex("0400000b00000100 010006") + hex("0401000c00000200 0001ff 01"), ""}}},
      {"mssql",
       "refused",
       {{"", prelogin}, {tds("02"), ""}},
       refused,
       "it says that it does not support encryption"},
      {"mssql",
       "another protocol",
       {{"", prelogin}, {"H", ""}},
       foreign,
       "does not speak TDS, as SQL Server does (H)"},
      {"mssql",
       "no encryption told",
       {{"", prelogin}, {hex("0401000900000100 ff"), ""}},
       foreign,
       "does not speak TDS"},
      {"mssql",
       "told beyond the end",
       {{"", prelogin}, {hex("0401000e00000100 01ffff0001 ff"), ""}},
       foreign,
       "does not speak TDS"},
      {"mssql", "leftover", {{"", prelogin}, {tds("01") + "a", ""}}, ready, "", 1},
  };
}

std::vector<Row> terminal_rows() {
  const std::string ask = hex("030000130ee000000000000100080003000000");
  const auto answer = [](const std::string& kind, const std::string& value) {
    return hex("030000130ed000001234000" + kind + "000800" + value + "000000");
  };
  const std::string willing = hex("fffb2e");
  const std::string follows = hex("fffa2e01fff0");
  return {
      {"rdp", "TLS", {{"", ask}, {answer("2", "01"), ""}}},
      {"rdp", "CredSSP", {{"", ask}, {answer("2", "02"), ""}}},
      {"rdp",
       "own encryption",
       {{"", ask}, {answer("2", "00"), ""}},
       refused,
       "offers only the encryption of RDP itself"},
      {"rdp",
       "of old",
       {{"", ask}, {hex("0300000b06d00000123400"), ""}},
       refused,
       "offers only the encryption of RDP itself"},
      {"rdp",
       "refused",
       {{"", ask}, {answer("3", "02"), ""}},
       refused,
       "the server refused TLS: 2 SSL_NOT_ALLOWED_BY_SERVER"},
      {"rdp",
       "refused oddly",
       {{"", ask}, {answer("3", "99"), ""}},
       refused,
       "the server refused TLS: 153 a reason that is not known"},
      {"rdp", "another protocol", {{"", ask}, {"H", ""}}, foreign, "does not speak RDP (H)"},
      {"rdp",
       "another answer",
       {{"", ask}, {hex("0300000b06800000123400"), ""}},
       foreign,
       "does not speak RDP"},
      {"rdp", "leftover", {{"", ask}, {answer("2", "01") + "ab", ""}}, ready, "", 2},
      {"telnet", "asked to", {{hex("fffd2e"), willing + follows}, {follows, ""}}},
      {"telnet", "offered", {{willing, hex("fffd2e") + willing + follows}, {follows, ""}}},
      {"telnet",
       "among others",
       {{hex("fffd18"), hex("fffc18") + willing},
        {hex("fffb03 fffd2e"), hex("fffe03") + follows},
        {"hi" + hex("fff1 fffa2e02fff0") + follows, ""}}},
      {"telnet", "after text", {{"login: ", willing}, {hex("fffd2e"), follows}, {follows, ""}}},
      {"telnet",
       "refused",
       {{"login: ", willing}, {hex("fffe2e"), ""}},
       refused,
       "the server refused the option START_TLS"},
      {"telnet", "leftover", {{hex("fffd2e"), willing + follows}, {follows + "hi", ""}}, ready, "", 2},
  };
}

std::vector<Row> all_rows() {
  std::vector<Row> out;
  for (auto make : {mail_rows, other_line_rows, xmpp_rows, directory_rows, database_rows, terminal_rows}) {
    for (Row& row : make()) out.push_back(std::move(row));
  }
  return out;
}

// Plays a row with the server's words cut into pieces of `piece` bytes.
void play(const Row& row, std::size_t piece) {
  SCOPED_TRACE(fmt::format("{}: {}, {} bytes at once", row.protocol, row.case_name, piece));
  const auto dialog = need_protocol(row.protocol).value()->make("name.example");
  std::string said = text_of(dialog->output());
  for (const Turn& turn : row.turns) {
    if (!turn.server.empty()) EXPECT_EQ(said, "") << "the client spoke too early";
    EXPECT_FALSE(dialog->ended());
    EXPECT_FALSE(dialog->awaited().empty());
    for (std::size_t at = 0; at < turn.server.size(); at += piece) {
      const std::string part = turn.server.substr(at, piece);
      dialog->received(as_bytes(part));
      said += text_of(dialog->output());
    }
    EXPECT_EQ(to_hex(as_bytes(said)), to_hex(as_bytes(turn.client)));
    said.clear();
  }
  ASSERT_TRUE(dialog->ended());
  EXPECT_EQ(dialog->ended()->kind, row.kind);
  EXPECT_THAT(dialog->ended()->detail, HasSubstr(row.detail));
  if (row.kind != ready) EXPECT_NE(row.detail, "");
}

TEST(Starttls, EveryDialogAtEveryCut) {
  for (const Row& row : all_rows()) {
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{7}, max_talk}) {
      play(row, piece);
    }
  }
}

TEST(Starttls, BytesBehindTheGoAheadAreCounted) {
  for (const Row& row : all_rows()) {
    SCOPED_TRACE(row.protocol + ": " + row.case_name);
    const auto dialog = need_protocol(row.protocol).value()->make("name.example");
    for (const Turn& turn : row.turns) dialog->received(as_bytes(turn.server));
    ASSERT_TRUE(dialog->ended());
    EXPECT_EQ(dialog->ended()->leftover, row.leftover);
  }
}

TEST(Starttls, EachProtocolHasAGoodAndABadDialog) {
  for (const Protocol& protocol : protocols()) {
    int good = 0;
    int bad = 0;
    for (const Row& row : all_rows()) {
      if (row.protocol == protocol.name) ++(row.kind == ready ? good : bad);
    }
    EXPECT_GT(good, 0) << protocol.name;
    if (protocol.name != "xmpp-server") EXPECT_GT(bad, 0) << protocol.name;  // its bad ones are those of xmpp
  }
}

TEST(Starttls, NoEndIsWaitedForWithoutBound) {
  const std::vector<std::string> endless = {std::string(20'000, 'a'),    std::string(20'000, '\xff'),
                                            std::string(20'000, '\0'),   std::string(20'000, '0'),
                                            std::string(20'000, '\x03'), "220-" + std::string(20'000, '\n')};
  for (const Protocol& protocol : protocols()) {
    for (const std::string& words : endless) {
      const auto dialog = protocol.make("");
      dialog->received(as_bytes(words));
      ASSERT_TRUE(dialog->ended()) << protocol.name << ' ' << words.substr(0, 8);
      if (protocol.name == "postgres") continue;  // one letter is all it takes
      EXPECT_NE(dialog->ended()->kind, ready) << protocol.name;
      EXPECT_LT(dialog->ended()->detail.size(), 1000U);
    }
  }
}

TEST(Starttls, WhoSpeaksFirst) {
  const std::vector<std::string> servers = {"smtp", "lmtp",  "imap",  "pop3",  "ftp",
                                            "nntp", "sieve", "mysql", "telnet"};
  for (const Protocol& protocol : protocols()) {
    const bool waits = std::ranges::find(servers, protocol.name) != servers.end();
    EXPECT_EQ(protocol.make("")->output().empty(), waits) << protocol.name;
  }
}

TEST(Starttls, XmppAsksForNoDomainWhereThereIsNone) {
  EXPECT_EQ(text_of(find_protocol("xmpp")->make("")->output()), stream_to("client", ""));
}

TEST(Starttls, UnknownProtocolsAreToldWithTheKnown) {
  EXPECT_EQ(find_protocol("SMTP"), find_protocol("smtp"));
  const auto none = need_protocol("gopher");
  ASSERT_FALSE(none);
  EXPECT_THAT(describe(none.error()), HasSubstr("'gopher' (there are smtp, lmtp, imap,"));
}

TEST(TdsFraming, CarriesTlsInPackets) {
  const auto framing = find_protocol("mssql")->make("")->framing();
  const Bytes hello(5000, 7);
  const Bytes wrapped = framing->wrap(hello);
  ASSERT_EQ(wrapped.size(), 5016U);
  EXPECT_EQ(to_hex(ByteView(wrapped).first(9)), "120010000000010007");
  EXPECT_EQ(to_hex(ByteView(wrapped).subspan(4096, 9)), "120103980000010007");
  for (const std::size_t piece : {1U, 3U, 4096U, 6000U}) {
    const auto reader = find_protocol("mssql")->make("")->framing();
    Bytes back;
    for (std::size_t at = 0; at < wrapped.size(); at += piece) {
      const ByteView rest = ByteView(wrapped).subspan(at);
      const Bytes part = reader->unwrap(rest.first(std::min(piece, rest.size())));
      back.insert(back.end(), part.begin(), part.end());
    }
    EXPECT_EQ(back, hello) << piece;
  }
}

TEST(TdsFraming, WhatFollowsTheHandshakeIsBare) {
  const auto framing = find_protocol("mssql")->make("")->framing();
  const Bytes keys = {22, 3, 3, 0, 1, 16};
  const Bytes finished = {20, 3, 3, 0, 1, 1, 22, 3, 3, 0, 1, 99};
  const Bytes data = {23, 3, 3, 0, 1, 5};
  EXPECT_EQ(framing->wrap(keys).size(), keys.size() + 8);
  EXPECT_EQ(framing->wrap(finished).size(), finished.size() + 8);
  EXPECT_EQ(framing->wrap(data), data);
  EXPECT_EQ(framing->unwrap(data), data);
}

TEST(TdsFraming, WhatIsNotFramedComesAsItIs) {
  const auto framing = find_protocol("mssql")->make("")->framing();
  EXPECT_EQ(text_of(framing->unwrap(as_bytes("HTTP/1.1 400"))), "HTTP/1.1 400");
  const auto short_length = find_protocol("mssql")->make("")->framing();
  EXPECT_EQ(to_hex(short_length->unwrap(as_bytes(hex("0401000700000100aa")))), "0401000700000100aa");
}

}  // namespace
}  // namespace certherald::scan::starttls
