#include "net/resolver.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/ip/udp.hpp>

#include "base/bytes.hpp"
#include "net/test_world.hpp"

namespace certherald::net {
namespace {

using boost::asio::ip::udp;
using test::ample;
using test::World;
using Addresses = std::vector<std::string>;

constexpr std::uint16_t type_a = 1;
constexpr std::uint16_t type_aaaa = 28;

// What the name server double says to a question; a name that is not here does not exist.
struct Zone {
  std::map<std::pair<std::string, std::uint16_t>, std::vector<Bytes>> records;
  std::set<std::string> empty;               // exist, without addresses
  std::set<std::string> silent;              // never answered
  std::set<std::string> failing;             // SERVFAIL
  std::set<std::string> truncated;           // the answer is cut in the middle of a record
  std::map<std::string, int> ignored_first;  // this many questions are dropped
  int questions = 0;
};

struct Question {
  std::string name;
  std::uint16_t type = 0;
  Bytes wire;  // to be repeated in the answer
};

std::optional<Question> read_question(ByteView packet) {
  ByteReader reader(packet);
  if (!reader.take(12)) return std::nullopt;
  Question question;
  const ByteView start = reader.rest();
  for (;;) {
    const auto label = reader.vector8();
    if (!label) return std::nullopt;
    if (label->empty()) break;
    if (!question.name.empty()) question.name += '.';
    question.name += as_text(*label);
  }
  const auto type = reader.u16();
  if (!type || !reader.u16()) return std::nullopt;
  question.type = *type;
  const ByteView wire = start.first(start.size() - reader.left());
  question.wire.assign(wire.begin(), wire.end());
  return question;
}

Bytes answer(ByteView packet, const Question& question, const Zone& zone) {
  const auto at = zone.records.find({question.name, question.type});
  const bool exists = zone.empty.contains(question.name) || zone.truncated.contains(question.name) ||
                      zone.records.contains({question.name, type_a}) ||
                      zone.records.contains({question.name, type_aaaa});
  const std::uint16_t code = zone.failing.contains(question.name) ? 2 : exists ? 0 : 3;
  const std::vector<Bytes> none;
  const auto& records = at == zone.records.end() ? none : at->second;
  ByteWriter out;
  out.bytes(packet.first(2)).u16(static_cast<std::uint16_t>(0x8180U | code)).u16(1);
  out.u16(static_cast<std::uint16_t>(records.size())).u16(0).u16(0).bytes(question.wire);
  for (const Bytes& record : records) {
    out.u16(0xc00c).u16(question.type).u16(1).u32(60).vector16(record);
  }
  Bytes bytes = std::move(out).take();
  if (zone.truncated.contains(question.name)) bytes.resize(bytes.size() - 2);
  return bytes;
}

Task<void> serve(udp::socket& socket, Zone& zone) {
  std::array<std::uint8_t, 512> buffer{};
  for (;;) {
    udp::endpoint from;
    if (co_await is_cancelled()) co_return;
    const auto [error, size] =
        co_await socket.async_receive_from(boost::asio::buffer(buffer), from, test::quiet);
    if (error) co_return;
    const ByteView packet = ByteView(buffer).first(size);
    const auto question = read_question(packet);
    if (!question) continue;
    ++zone.questions;
    if (zone.silent.contains(question->name)) continue;
    if (auto& left = zone.ignored_first[question->name]; left > 0) {
      --left;
      continue;
    }
    const Bytes reply = answer(packet, *question, zone);
    co_await socket.async_send_to(boost::asio::buffer(reply), from, test::quiet);
  }
}

Bytes v4(std::uint8_t last) { return {192, 0, 2, last}; }
Bytes v6(std::uint8_t last) { return {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}; }

class ResolverTest : public testing::Test {
 protected:
  ResolverTest() {
    zone.records[{"both.test", type_a}] = {v4(9), v4(10), v4(9)};
    zone.records[{"both.test", type_aaaa}] = {v6(2), v6(1), v6(2)};
    zone.records[{"four.test", type_a}] = {v4(1)};
    zone.records[{"six.test", type_aaaa}] = {v6(1)};
    zone.records[{"slow.test", type_a}] = {v4(1)};
    zone.records[{"wrong.test", type_a}] = {{192, 0, 2}};
    zone.ignored_first["slow.test"] = 2;
    zone.empty = {"empty.test"};
    zone.silent = {"silent.test"};
    zone.failing = {"failing.test"};
    zone.truncated = {"truncated.test"};
    world.servers.spawn(serve(socket, zone));
  }

  CaresResolver make() {
    CaresResolver::Options options;
    options.servers = fmt::format("127.0.0.1:{}", socket.local_endpoint().port());
    options.first_try = Millis(50);
    options.tries = 4;
    return CaresResolver(options);
  }

  Result<Addresses> resolve(std::string host, Millis span = ample) {
    CaresResolver resolver = make();
    return world.run(resolver.resolve(std::move(host), Deadline::after(span)));
  }

  Zone zone;
  World world;
  udp::socket socket{world.ioc, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

struct FoundRow {
  std::string host;
  Addresses addresses;
};

class Found : public ResolverTest, public testing::WithParamInterface<FoundRow> {};

TEST_P(Found, Addresses) {
  const auto got = resolve(GetParam().host);
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(*got, GetParam().addresses);
}

const FoundRow found_rows[] = {
    {"both.test", {"192.0.2.9", "192.0.2.10", "2001:db8::1", "2001:db8::2"}},
    {"both.test.", {"192.0.2.9", "192.0.2.10", "2001:db8::1", "2001:db8::2"}},
    {"four.test", {"192.0.2.1"}},
    {"six.test", {"2001:db8::1"}},
    {"slow.test", {"192.0.2.1"}},
    {"192.0.2.7", {"192.0.2.7"}},
    {"2001:DB8:0:0::7", {"2001:db8::7"}},
    {"::ffff:192.0.2.7", {"::ffff:192.0.2.7"}},
};
INSTANTIATE_TEST_SUITE_P(Resolver, Found, testing::ValuesIn(found_rows));

struct LostRow {
  std::string host;
  Millis span;
  ErrorKind kind;
};

class Lost : public ResolverTest, public testing::WithParamInterface<LostRow> {};

TEST_P(Lost, Kind) {
  const auto start = Deadline::clock::now();
  const auto got = resolve(GetParam().host, GetParam().span);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, GetParam().kind) << describe(got.error());
  EXPECT_LT(Deadline::clock::now() - start, ample / 2);
  EXPECT_EQ(got.error().message.find_first_of("\r\n\x1b"), std::string::npos);
}

const LostRow lost_rows[] = {
    {"missing.test", ample, ErrorKind::not_found},
    {"empty.test", ample, ErrorKind::not_found},
    {"silent.test", ample, ErrorKind::timed_out},  // after its tries
    {"silent.test", Millis(20), ErrorKind::timed_out},
    {"four.test", Millis(-1), ErrorKind::timed_out},
    {"failing.test", ample, ErrorKind::unreachable},
    {"truncated.test", ample, ErrorKind::timed_out},  // such an answer is not taken for one
    {"wrong.test", ample, ErrorKind::not_found},      // an A record of three bytes
    {"", ample, ErrorKind::invalid_input},
    {".", ample, ErrorKind::invalid_input},
    {"a b.test", ample, ErrorKind::invalid_input},
    {"a\r\nb.test", ample, ErrorKind::invalid_input},
    {std::string("four.test\0x", 11), ample, ErrorKind::invalid_input},
    {std::string("192.0.2.1\0x", 11), ample, ErrorKind::invalid_input},
    {"b\xc3\xbc"
     "cher.test",
     ample, ErrorKind::invalid_input},
    {"[::1]", ample, ErrorKind::not_found},
    {std::string(64, 'a') + ".test", ample, ErrorKind::invalid_input},
    {std::string(254, 'a'), ample, ErrorKind::invalid_input},
};
INSTANTIATE_TEST_SUITE_P(Resolver, Lost, testing::ValuesIn(lost_rows));

TEST_F(ResolverTest, HostsFileIsRead) {
  const auto got = resolve("localhost");
  ASSERT_TRUE(got) << describe(got.error());
  for (const std::string& address : *got) EXPECT_TRUE(address == "127.0.0.1" || address == "::1") << address;
  EXPECT_EQ(zone.questions, 0);
}

TEST_F(ResolverTest, NobodyListens) {
  CaresResolver::Options options;
  options.servers = fmt::format("127.0.0.1:{}", test::closed_port(world));
  options.first_try = Millis(50);
  CaresResolver resolver(options);
  const auto got = world.run(resolver.resolve("four.test", Deadline::after(ample)));
  ASSERT_FALSE(got);
  // c-ares does not always say which it was.
  EXPECT_TRUE(got.error().kind == ErrorKind::unreachable || got.error().kind == ErrorKind::timed_out)
      << describe(got.error());
}

TEST_F(ResolverTest, CancelledWhileWaitingAndManyAtOnce) {
  CaresResolver resolver = make();
  std::vector<ErrorKind> kinds;
  int found = 0;
  const auto ask = [](Resolver& from, std::string host, std::vector<ErrorKind>& lost,
                      int& good) -> Task<void> {
    const auto got = co_await from.resolve(std::move(host), Deadline::after(ample));
    if (got) ++good;
    if (!got) lost.push_back(got.error().kind);
  };
  Scope scope(world.executor());
  for (int i = 0; i < 50; ++i)
    scope.spawn(ask(resolver, i % 2 == 0 ? "both.test" : "silent.test", kinds, found));
  const auto body = [](Scope& of, int& good) -> Task<void> {
    while (good < 25) co_await pause(Millis(1));
    of.cancel();
    co_await of.join();
  };
  world.run(body(scope, found));
  EXPECT_EQ(kinds, std::vector<ErrorKind>(25, ErrorKind::cancelled));
}

TEST(StaticResolver, AnswersAndFails) {
  World world;
  StaticResolver resolver;
  resolver.addresses["a.test"] = {"192.0.2.1"};
  resolver.failures["b.test"] = Error{ErrorKind::timed_out, "no", {}};
  const auto ask = [&](const std::string& host) {
    return world.run(resolver.resolve(host, Deadline::after(ample)));
  };
  EXPECT_EQ(ask("a.test"), (Result<Addresses>{{"192.0.2.1"}}));
  EXPECT_EQ(ask("::1"), (Result<Addresses>{{"::1"}}));
  EXPECT_EQ(ask("b.test").error().kind, ErrorKind::timed_out);
  EXPECT_EQ(ask("c.test").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace certherald::net
