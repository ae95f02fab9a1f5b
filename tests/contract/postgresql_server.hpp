#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

namespace certherald::contract {

// A real PostgreSQL server on a Unix socket, kept by tests/support/postgresql.sh: it ends with this process,
// however that ends, and leaves nothing. Make and use it on the main thread.
class PostgresqlServer final {
 public:
  // Started by the first test that asks; ended with the process.
  [[nodiscard]] static PostgresqlServer& shared();

  PostgresqlServer();
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  // Each throws where the server does not do as told.
  void start();  // returns when it takes connections; does nothing where it runs
  void follow(const PostgresqlServer& other);  // before the first start: be a read-only standby of it
  void stop();                                 // in order: what is under way is rolled back
  void kill();                                 // as when the power goes

  [[nodiscard]] std::string url(const std::string& database, const std::string& user = "postgres") const;
  // A fresh one, empty; returns its name. Starts the server where it does not run.
  [[nodiscard]] std::string make_database(const std::string& encoding = "UTF8");
  // What statements answer: a line for each row of the last, columns split by |.
  std::string sql(const std::string& text, const std::string& database = "postgres");
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  void tell(const std::string& command);

  std::string folder_;
  pid_t keeper_ = -1;
  int commands_ = -1;
  int answers_ = -1;
  int made_ = 0;
};

}  // namespace certherald::contract
