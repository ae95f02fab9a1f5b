#include "store/postgresql_news.hpp"

#include <poll.h>

#include <chrono>
#include <string>

#include <libpq-fe.h>

#include "store/postgresql_errors.hpp"

namespace certherald::store {
namespace {

using std::chrono::steady_clock;

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Free {
  void operator()(PGnotify* notice) const { PQfreemem(notice); }
};

// libpq prints what the server says beside its answers on standard error.
void keep_quiet(void* /*unused*/, const char* /*message*/) {}

class ListenedNews final : public News {
 public:
  explicit ListenedNews(PostgresqlTarget target) : target_(std::move(target)) {}

  Result<bool> wait(Millis timeout) override {
    if (!connection_) {
      if (auto connected = connect(); !connected) return fail(connected.error());
      return true;
    }
    const auto deadline = steady_clock::now() + timeout;
    for (;;) {
      if (PQconsumeInput(connection_.get()) == 0) return lost();
      if (take_all()) return true;
      const auto left = std::chrono::ceil<Millis>(deadline - steady_clock::now()).count();
      if (left <= 0) return false;
      pollfd waiting{PQsocket(connection_.get()), POLLIN, 0};
      (void)::poll(&waiting, 1, static_cast<int>(left));
    }
  }

 private:
  Status connect() {
    connection_.reset(PQconnectdb(target_.conninfo.c_str()));
    if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK) {
      const std::string why = connection_ ? PQerrorMessage(connection_.get()) : "memory ran out";
      connection_.reset();
      return fail(explain_refusal(target_, why));
    }
    PQsetNoticeProcessor(connection_.get(), keep_quiet, nullptr);
    PGresult* result = PQexec(connection_.get(), ("LISTEN " + std::string(news_channel)).c_str());
    const bool listens = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (listens) return {};
    return lost();
  }

  std::unexpected<Error> lost() {
    Error why = explain_state("", PQerrorMessage(connection_.get()), target_.name);
    connection_.reset();
    return fail(std::move(why));
  }

  // Several commits are one piece of news.
  bool take_all() {
    bool any = false;
    while (const std::unique_ptr<PGnotify, Free> notice{PQnotifies(connection_.get())}) any = true;
    return any;
  }

  PostgresqlTarget target_;
  std::unique_ptr<PGconn, Finish> connection_;
};

}  // namespace

std::unique_ptr<News> listen_for_news(PostgresqlTarget target) {
  return std::make_unique<ListenedNews>(std::move(target));
}

}  // namespace certherald::store
