#include "postgresql_server.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace certherald::contract {
namespace {

constexpr const char* keeper_script = CERTHERALD_SOURCE_DIR "/tests/support/postgresql.sh";

constexpr std::uintmax_t roomy = 4ULL << 30;

// In memory where there is much of it: the server says fsync, and no disk is in the way.
std::string make_folder() {
  const std::filesystem::path memory = "/dev/shm";
  std::error_code error;
  const auto space = std::filesystem::space(memory, error);
  const auto base = !error && space.available >= roomy ? memory : std::filesystem::temp_directory_path();
  std::string pattern = (base / "certherald-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

}  // namespace

PostgresqlServer& PostgresqlServer::shared() {
  static PostgresqlServer server;
  server.start();
  return server;
}

PostgresqlServer::PostgresqlServer() : folder_(make_folder()) {
  int to_keeper[2];
  int from_keeper[2];
  if (::pipe2(to_keeper, O_CLOEXEC) != 0 || ::pipe2(from_keeper, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  keeper_ = ::fork();
  if (keeper_ < 0) throw std::runtime_error("no process");
  if (keeper_ == 0) {
    ::setsid();  // what kills the test's group leaves the keeper alive to clean up
    ::dup2(to_keeper[0], STDIN_FILENO);
    ::dup2(from_keeper[1], STDOUT_FILENO);
    ::execl("/bin/sh", "sh", keeper_script, folder_.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(to_keeper[0]);
  ::close(from_keeper[1]);
  commands_ = to_keeper[1];
  answers_ = from_keeper[0];
}

PostgresqlServer::~PostgresqlServer() {
  ::close(commands_);
  ::waitpid(keeper_, nullptr, 0);
  ::close(answers_);
}

void PostgresqlServer::start() { tell("start\n"); }
void PostgresqlServer::follow(const PostgresqlServer& other) { tell("follow " + other.folder_ + "\n"); }
void PostgresqlServer::stop() { tell("stop\n"); }
void PostgresqlServer::kill() { tell("kill\n"); }

void PostgresqlServer::tell(const std::string& command) {
  std::string answer;
  if (::write(commands_, command.data(), command.size()) == static_cast<ssize_t>(command.size())) {
    for (char c = 0; ::read(answers_, &c, 1) == 1 && c != '\n';) answer += c;
  }
  if (answer != "ok") throw std::runtime_error(fmt::format("PostgreSQL: {}{}", command, answer));
}

std::string PostgresqlServer::url(const std::string& database, const std::string& user) const {
  return fmt::format("postgresql:///{}?host={}&user={}", database, folder_, user);
}

std::string PostgresqlServer::make_database(const std::string& encoding) {
  start();
  std::string name = fmt::format("test_{}", ++made_);
  sql(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING '{}' LOCALE 'C'", name, encoding));
  return name;
}

std::string PostgresqlServer::sql(const std::string& text, const std::string& database) {
  PGconn* connection = PQconnectdb(url(database).c_str());
  PGresult* result = PQexec(connection, text.c_str());
  const ExecStatusType status = PQresultStatus(result);
  std::string out;
  for (int row = 0; row < PQntuples(result); ++row) {
    if (row > 0) out += '\n';
    for (int column = 0; column < PQnfields(result); ++column) {
      if (column > 0) out += '|';
      out += PQgetvalue(result, row, column);
    }
  }
  const std::string complaint =
      status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ? "" : PQerrorMessage(connection);
  PQclear(result);
  PQfinish(connection);
  if (!complaint.empty()) throw std::runtime_error(complaint);
  return out;
}

}  // namespace certherald::contract
