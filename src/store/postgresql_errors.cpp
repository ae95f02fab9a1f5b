#include "store/postgresql_errors.hpp"

#include <poll.h>

#include <array>
#include <chrono>
#include <memory>

#include <libpq-fe.h>

#include "base/text.hpp"

namespace certherald::store {
namespace {

using std::chrono::steady_clock;

struct Meaning {
  std::string_view state;    // an SQLSTATE, or its class: the first two characters
  std::string_view message;  // {0}: the database, {1}: what the server said
  std::string_view hint;
};

constexpr std::string_view again = "try again";

// The first that fits counts.
constexpr std::array meanings = std::to_array<Meaning>({
    {"28", "{0}: the server refuses the user or the password",
     "check both, in the URL, PGPASSWORD or ~/.pgpass, and the server's pg_hba.conf"},
    {"3D000", "{0}: the server has no such database",
     "make it (createdb --owner USER DATABASE), or name another with --database"},
    {"42501", "{0}: the user may not do that: {1}",
     "make the user the owner: ALTER DATABASE ... OWNER TO ..., and of the tables in it"},
    {"53100", "the disk of the server of {0} is full", "free space there and run again; nothing was lost"},
    {"53200", "the server of {0} ran out of memory", again},
    {"53300", "{0}: the server has no connection to spare",
     "raise max_connections there, or end other clients"},
    {"57P01", "{0}: the server was shut down, or somebody ended the connection", again},
    {"57P02", "{0}: the server crashed and starts anew", "try again; its log says why"},
    {"57P03", "{0}: the server is starting or stopping", "try again in a moment"},
    {"57P04", "{0}: the database was dropped", "restore it from a backup, or name another with --database"},
    {"57014", "{0}: a statement took too long and was stopped",
     "look with pg_stat_activity for what keeps the server busy"},
    {"25P03", "{0}: a transaction rested too long and was ended by the server", again},
    {"25006", "{0}: nothing can be written: a read-only standby, or a transaction that only reads",
     "name the primary server with --database"},
    {"55P03", "another process is writing to {0} and did not finish in time",
     "try again; where that lasts, find the process with pg_stat_activity"},
    {"40003", "{0}: whether a statement was carried out is unknown", again},
    {"40", "{0}: another transaction was in the way", again},
    {"22P05", "{0}: the database cannot hold the text", "make it with the encoding UTF8"},
    {"22021", "{0}: the database cannot hold the text", "make it with the encoding UTF8"},
    {"XX001", "{0}: the server found its data damaged: {1}", "stop certherald and restore the latest backup"},
    {"XX002", "{0}: the server found an index damaged: {1}", "have it made anew: REINDEX DATABASE"},
    {"58", "{0}: the disk of the server failed: {1}", "look for disk errors in the server's system log"},
    {"08", "{0}: the connection to the server broke: {1}", "try again; look whether the server runs"},
});

constexpr Meaning broken = {"", "{0}: the connection to the server broke: {1}",
                            "try again; look whether the server runs"};
constexpr Meaning unreachable = {"", "{0}: cannot be reached: {1}",
                                 "check host and port, that the server runs, and what lies between"};
constexpr Meaning unknown = {"", "{0}: {1}", ""};

// The first line, without what SOCI puts before it.
std::string said(std::string_view detail) {
  for (const std::string_view ours : {"Cannot execute query. ", "Cannot prepare statement. ",
                                      "Cannot establish connection to the database.\n"}) {
    if (detail.starts_with(ours)) detail.remove_prefix(ours.size());
  }
  return truncate(single_line(trim(detail.substr(0, detail.find('\n')))), 300);
}

Error tell(const Meaning& meaning, std::string_view detail, const std::string& name) {
  return {ErrorKind::storage, fmt::format(fmt::runtime(meaning.message), name, said(detail)),
          std::string(meaning.hint)};
}

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, Finish>;

// Follows the steps of PQconnectPoll until they end or `deadline` has passed.
void finish_connecting(PGconn* connection, steady_clock::time_point deadline) {
  PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
  while (wanted == PGRES_POLLING_READING || wanted == PGRES_POLLING_WRITING) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) return;
    pollfd waiting{PQsocket(connection), wanted == PGRES_POLLING_READING ? short{POLLIN} : short{POLLOUT}, 0};
    if (::poll(&waiting, 1, static_cast<int>(left)) == 0) return;
    wanted = PQconnectPoll(connection);
  }
}

// The SQLSTATE with which the server refuses a connection; "" where it does not come to that.
std::string state_of_refusal(const std::string& conninfo) {
  const Connection connection(PQconnectStart(conninfo.c_str()));
  if (!connection || PQstatus(connection.get()) == CONNECTION_BAD) return "";
  PQsetErrorVerbosity(connection.get(), PQERRORS_SQLSTATE);
  finish_connecting(connection.get(), steady_clock::now() + std::chrono::seconds(5));
  if (PQstatus(connection.get()) != CONNECTION_BAD) return "";
  // "...: FATAL:  28P01", and nothing behind it.
  const std::string text(trim(PQerrorMessage(connection.get())));
  const std::size_t at = text.rfind(' ');
  if (at == std::string::npos || text.size() - at - 1 != 5) return "";
  const std::string state = text.substr(at + 1);
  return state.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos ? state : "";
}

}  // namespace

Error explain_state(std::string_view state, std::string_view detail, const std::string& name) {
  if (trim(state).empty()) return tell(broken, detail, name);
  for (const Meaning& meaning : meanings) {
    if (state.starts_with(meaning.state)) return tell(meaning, detail, name);
  }
  return tell(unknown, detail, name);
}

Error explain_refusal(const PostgresqlTarget& target, std::string_view detail) {
  const std::string state = state_of_refusal(target.conninfo);
  if (state.empty()) return tell(unreachable, detail, target.name);
  return explain_state(state, detail, target.name);
}

}  // namespace certherald::store
