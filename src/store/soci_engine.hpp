#pragma once

// Private to the engines: the only header that shows SOCI.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <soci/soci.h>

#include "store/engine.hpp"

namespace certherald::store {

// One prepared statement with the places its values are exchanged through; kept for the next run of the same
// text.
struct SociStatement {
  struct Slot {
    ValueKind kind = ValueKind::integer;
    long long integer = 0;
    std::string text;
    soci::indicator indicator = soci::i_ok;
  };

  SociStatement(soci::session& session, const std::string& sql, std::span<const Param> params,
                std::span<const ValueKind> columns);
  [[nodiscard]] bool fits(std::span<const Param> params, std::span<const ValueKind> columns) const;

  std::vector<std::unique_ptr<Slot>> in;
  std::vector<std::unique_ptr<Slot>> out;
  soci::statement statement;
  bool in_use = false;
};

// What both engines share: statements through SOCI.
class SociEngine : public Engine {
 public:
  [[nodiscard]] std::unique_ptr<Cursor> run(const std::string& sql, std::span<const Param> params,
                                            std::span<const ValueKind> columns) final;

  // Rows come one at a time anyhow, where an engine does not say otherwise.
  [[nodiscard]] std::unique_ptr<Cursor> stream(const std::string& sql, std::span<const Param> params,
                                               std::span<const ValueKind> columns) override {
    return run(sql, params, columns);
  }
  // As run, for a text that does not come again: nothing of it is kept.
  [[nodiscard]] std::unique_ptr<Cursor> run_once(const std::string& sql, std::span<const Param> params,
                                                 std::span<const ValueKind> columns);

  [[nodiscard]] virtual Error explain(const soci::soci_error& error) const = 0;
  // The statement lets go of what it reads.
  virtual void rewind(soci::statement& statement) noexcept = 0;

 protected:
  // Before the session is closed.
  void forget_statements() { kept_.clear(); }

  soci::session session_;

 private:
  [[nodiscard]] std::unique_ptr<Cursor> start(std::shared_ptr<SociStatement> statement,
                                              std::span<const Param> params);

  std::map<std::string, std::shared_ptr<SociStatement>, std::less<>> kept_;
};

}  // namespace certherald::store
