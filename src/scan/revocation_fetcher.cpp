#include "scan/revocation_fetcher.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include "base/text.hpp"
#include "codec/revocation/ocsp.hpp"
#include "net/blocking.hpp"
#include "net/egress.hpp"
#include "net/limiter.hpp"
#include "net/wakeup.hpp"

namespace certherald::scan {

namespace rev = codec::revocation;
using rev::RevocationAnswer;
using rev::RevocationState;

namespace {

constexpr Seconds good_for{3'600};
constexpr Seconds failure_good_for{300};
constexpr std::size_t lists_at_once = 4;
constexpr std::size_t answers_at_once = 16;
constexpr std::size_t most_list_bytes = std::size_t{256} << 20U;
constexpr std::size_t most_lists = 4'096;
constexpr std::size_t most_answers = 65'536;
constexpr std::size_t most_urls = 3;  // of one certificate that are tried

// What was fetched, shared by all who ask for it; while it is busy the others wait for the one who fetches.
struct Fetched {
  bool busy = false;
  net::Wakeup ready;
  Instant fresh_until{};  // before the first fetch: never
  Instant used{};
};

struct FetchedList : Fetched {
  std::optional<rev::Crl> list;
  std::string failure;  // why there is none, or none that counts; "" where there is
  std::string etag;
  std::string modified;
};

struct FetchedAnswer : Fetched {
  RevocationAnswer answer;
};

// Takes the turn to fetch; false where the time was over first.
net::Task<bool> take_turn(Fetched& entry, const Clock& clock, net::Deadline deadline) {
  while (entry.busy) {
    if (deadline.expired() || !co_await entry.ready.wait(deadline.left())) co_return false;
  }
  entry.used = clock.now();
  co_return true;
}

class Turn {
 public:
  explicit Turn(Fetched& entry) : entry_(entry) { entry_.busy = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    entry_.busy = false;
    entry_.ready.wake_all();
  }

 private:
  Fetched& entry_;
};

Instant fresh_until(Instant now, const std::optional<Instant>& next_update) {
  const Instant latest = now + good_for;
  if (!next_update) return latest;
  return std::clamp(*next_update, now + failure_good_for, latest);
}

std::string status_failure(const net::HttpResponse& response) {
  return fmt::format("the server answered with HTTP status {}", response.status);
}

}  // namespace

struct RevocationFetcher::World {
  World(const net::Executor& executor, net::Resolver& resolver, const Clock& time, net::EgressGuard guard,
        FetchRules given)
      : clock(time),
        rules(std::move(given)),
        http(executor, resolver),
        client(http, resolver, std::move(guard), rules.proxy),
        list_places(executor, lists_at_once),
        answer_places(executor, answers_at_once) {}
  ~World() { readers.join(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const Clock& clock;
  FetchRules rules;
  net::CurlHttpClient http;
  net::EgressClient client;
  net::Limiter list_places;
  net::Limiter answer_places;
  boost::asio::thread_pool readers{1};
  std::map<std::string, std::shared_ptr<FetchedList>> lists;      // by issuer's key and URL
  std::map<std::string, std::shared_ptr<FetchedAnswer>> answers;  // by issuer's key, serial and URL

  std::shared_ptr<FetchedList> list_at(const std::string& key);
  std::shared_ptr<FetchedAnswer> answer_at(const std::string& key);
  net::Task<void> refresh(FetchedList& entry, const std::string& url, const Bytes& issuer,
                          net::Deadline deadline);
  net::Task<void> read(FetchedList& entry, net::HttpResponse response, const Bytes& issuer);
  net::Task<RevocationAnswer> look_in(const std::string& url, const RevocationQuestion& question,
                                      net::Deadline deadline);
  net::Task<std::expected<net::HttpResponse, net::HttpFailure>> post(const std::string& url, Bytes request,
                                                                     net::Deadline deadline);
  net::Task<RevocationAnswer> ask(const std::string& url, const RevocationQuestion& question,
                                  net::Deadline deadline);
  net::Task<RevocationAnswer> ask_once(const std::string& url, const RevocationQuestion& question,
                                       net::Deadline deadline);
};

// Makes room first: the lists least lately used go, but none that somebody is at.
std::shared_ptr<FetchedList> RevocationFetcher::World::list_at(const std::string& key) {
  const auto size_of = [](const auto& entry) {
    return entry.second->list ? entry.second->list->size() : std::size_t{0};
  };
  for (;;) {
    std::size_t bytes = 0;
    for (const auto& entry : lists) bytes += size_of(entry);
    if (bytes <= most_list_bytes && lists.size() < most_lists) break;
    auto oldest = lists.end();
    for (auto at = lists.begin(); at != lists.end(); ++at) {
      const bool idle = at->second.use_count() == 1;
      if (idle && (oldest == lists.end() || at->second->used < oldest->second->used)) oldest = at;
    }
    if (oldest == lists.end()) break;
    lists.erase(oldest);
  }
  auto& entry = lists[key];
  if (!entry) entry = std::make_shared<FetchedList>();
  return entry;
}

std::shared_ptr<FetchedAnswer> RevocationFetcher::World::answer_at(const std::string& key) {
  if (answers.size() >= most_answers) {
    std::erase_if(answers, [](const auto& entry) { return entry.second.use_count() == 1; });
  }
  auto& entry = answers[key];
  if (!entry) entry = std::make_shared<FetchedAnswer>();
  return entry;
}

net::Task<void> RevocationFetcher::World::refresh(FetchedList& entry, const std::string& url,
                                                  const Bytes& issuer, net::Deadline deadline) {
  const auto place = co_await list_places.acquire(deadline);
  if (!place) {
    entry.failure = "its turn did not come in time";
    co_return;
  }
  net::HttpRequest request;
  request.url = url;
  request.max_response_bytes = std::min(rules.max_crl, rev::max_crl_size);
  if (entry.list && !entry.etag.empty()) request.headers.emplace_back("If-None-Match", entry.etag);
  if (entry.list && !entry.modified.empty()) {
    request.headers.emplace_back("If-Modified-Since", entry.modified);
  }
  auto response = co_await client.send(std::move(request), deadline.within(rules.timeout));
  if (!response) {
    if (response.error().error.kind == ErrorKind::cancelled) co_return;
    entry.failure = describe(response.error().error);
    entry.fresh_until = clock.now() + failure_good_for;
    co_return;
  }
  co_await read(entry, std::move(*response), issuer);
}

net::Task<void> RevocationFetcher::World::read(FetchedList& entry, net::HttpResponse response,
                                               const Bytes& issuer) {
  constexpr int ok = 200;
  constexpr int not_modified = 304;
  entry.fresh_until = clock.now() + failure_good_for;
  if (response.status == not_modified && entry.list) {
    entry.failure.clear();
    entry.fresh_until = fresh_until(clock.now(), entry.list->next_update());
    co_return;
  }
  if (response.status != ok) {
    entry.failure = status_failure(response);
    co_return;
  }
  std::string etag(response.header("etag"));
  std::string modified(response.header("last-modified"));
  const auto verified = [&]() -> Result<rev::Crl> {
    auto list = rev::Crl::parse(std::move(response.body));
    if (!list) return fail(list.error());
    if (Status signed_by_issuer = list->verify(issuer); !signed_by_issuer) {
      return fail(signed_by_issuer.error());
    }
    return list;
  };
  auto list = co_await net::on_pool(readers, verified);
  if (!list) {
    entry.failure = describe(list.error());
    co_return;
  }
  entry.failure.clear();
  entry.etag = std::move(etag);
  entry.modified = std::move(modified);
  entry.fresh_until = fresh_until(clock.now(), list->next_update());
  entry.list = std::move(*list);
}

net::Task<RevocationAnswer> RevocationFetcher::World::look_in(const std::string& url,
                                                              const RevocationQuestion& question,
                                                              net::Deadline deadline) {
  std::string key = rev::status_key(question.certificate, question.issuer);
  key = key.substr(0, key.find(' ')) + " " + url;
  const auto entry = list_at(key);
  if (!co_await take_turn(*entry, clock, deadline)) {
    co_return rev::cannot_tell("it did not come in time");
  }
  if (clock.now() >= entry->fresh_until) {
    const Turn turn(*entry);
    co_await refresh(*entry, url, question.issuer, deadline);
  }
  // An older list that is still in time counts when the newer one could not be had.
  if (!entry->list) {
    co_return rev::cannot_tell(entry->failure.empty() ? "it was not fetched" : entry->failure);
  }
  RevocationAnswer answer = rev::look_up(*entry->list, question.certificate, clock.now());
  if (answer.state == RevocationState::unknown && !entry->failure.empty()) {
    answer.detail += "; " + entry->failure;
  }
  co_return answer;
}

net::Task<std::expected<net::HttpResponse, net::HttpFailure>> RevocationFetcher::World::post(
    const std::string& url, Bytes request, net::Deadline deadline) {
  net::HttpRequest http_request;
  http_request.method = "POST";
  http_request.url = url;
  http_request.headers = {{"Content-Type", "application/ocsp-request"},
                          {"Accept", "application/ocsp-response"}};
  http_request.body = as_text(request);
  http_request.max_response_bytes = rev::max_ocsp_size;
  co_return co_await client.send(std::move(http_request), deadline.within(rules.timeout));
}

net::Task<RevocationAnswer> RevocationFetcher::World::ask_once(const std::string& url,
                                                               const RevocationQuestion& question,
                                                               net::Deadline deadline) {
  constexpr int ok = 200;
  auto request = rev::ocsp_request(question.certificate, question.issuer);
  if (!request) co_return rev::cannot_tell(describe(request.error()));
  const auto place = co_await answer_places.acquire(deadline);
  if (!place) co_return rev::cannot_tell("its turn did not come in time");
  const auto response = co_await post(url, std::move(*request), deadline);
  if (!response) co_return rev::cannot_tell(describe(response.error().error));
  if (response->status != ok) co_return rev::cannot_tell(status_failure(*response));
  co_return rev::read_ocsp(as_bytes(response->body), question.certificate, question.issuer, clock.now());
}

net::Task<RevocationAnswer> RevocationFetcher::World::ask(const std::string& url,
                                                          const RevocationQuestion& question,
                                                          net::Deadline deadline) {
  const auto entry = answer_at(rev::status_key(question.certificate, question.issuer) + " " + url);
  if (!co_await take_turn(*entry, clock, deadline)) {
    co_return rev::cannot_tell("it did not come in time");
  }
  if (clock.now() >= entry->fresh_until) {
    const Turn turn(*entry);
    entry->answer = co_await ask_once(url, question, deadline);
    const bool failed = entry->answer.state == RevocationState::unknown;
    const bool stopped = co_await net::is_cancelled();
    const Instant now = clock.now();
    entry->fresh_until = failed ? now + failure_good_for : fresh_until(now, entry->answer.next_update);
    if (stopped) entry->fresh_until = {};
  }
  co_return entry->answer;
}

RevocationFetcher::RevocationFetcher(std::unique_ptr<World> world) : world_(std::move(world)) {}
RevocationFetcher::~RevocationFetcher() = default;

Result<std::unique_ptr<RevocationFetcher>> RevocationFetcher::make(const net::Executor& executor,
                                                                   net::Resolver& resolver,
                                                                   const Clock& clock, FetchRules rules) {
  auto guard = net::EgressGuard::make(rules.allow);
  if (!guard) return fail(guard.error());
  return std::unique_ptr<RevocationFetcher>(new RevocationFetcher(
      std::make_unique<World>(executor, resolver, clock, std::move(*guard), std::move(rules))));
}

net::Task<RevocationAnswer> RevocationFetcher::crl(RevocationQuestion question, net::Deadline deadline) {
  RevocationAnswer answer = rev::cannot_tell("it names no list");
  for (std::size_t i = 0; i < std::min(question.sources.crl.size(), most_urls); ++i) {
    const std::string& url = question.sources.crl[i];
    answer = co_await world_->look_in(url, question, deadline);
    answer.source = url;
    if (answer.state != RevocationState::unknown) break;
  }
  co_return answer;
}

net::Task<RevocationAnswer> RevocationFetcher::ocsp(RevocationQuestion question, net::Deadline deadline) {
  RevocationAnswer answer = rev::cannot_tell("it names no responder");
  for (std::size_t i = 0; i < std::min(question.sources.ocsp.size(), most_urls); ++i) {
    const std::string& url = question.sources.ocsp[i];
    answer = co_await world_->ask(url, question, deadline);
    answer.source = url;
    if (answer.state != RevocationState::unknown) break;
  }
  co_return answer;
}

}  // namespace certherald::scan
