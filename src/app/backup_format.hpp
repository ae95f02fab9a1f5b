#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "codec/digest.hpp"
#include "store/backup_tables.hpp"

namespace certherald::app {

// A backup is text, a JSON value a line (RFC 8259), each line ended by "\n", the same for every engine:
//   {"certherald_backup":1,"schema":2,"installation":"UUID","made_at":SECONDS,"made_by":"0.1.0"}
//   {"table":"owners","columns":["id","tenant_id","name"]}
//   [3,null,"web-team"]
//   ...
//   {"rows":1,"sha256":"HEX"}
// Tables come in the order of store::backup_tables(), each named though it has no rows. `rows` counts those
// of all tables; `sha256` is over all lines before its own, with their ends: it finds damage, not a forger.
struct BackupHeader {
  int schema = 0;
  std::string installation;
  Instant made_at{};
  std::string made_by;  // version of the program

  friend bool operator==(const BackupHeader&, const BackupHeader&) = default;
};

// Lines longer than this are refused.
inline constexpr std::size_t longest_backup_line = 64UL << 20U;

// Makes the lines, without their ends, in the order above.
class BackupFormatter final {
 public:
  [[nodiscard]] std::string header(const BackupHeader& header);
  [[nodiscard]] std::string table(const store::BackupTable& table);
  // Counts a row, as Session::each_backup_row gives it, which is a line as it is.
  void add(std::string_view row);
  [[nodiscard]] std::string end();
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  [[nodiscard]] std::string counted(std::string line);

  codec::Sha256 sum_;
  std::int64_t rows_ = 0;
};

// Reads them again. Feed every line without its end, then ask `complete`. All errors are `invalid_input`, say
// what is wrong but not on which line, and end the reading.
class BackupParser final {
 public:
  enum class Line : std::uint8_t { header, table, row, end };

  // What the line is. A table's columns are those of this program's schema, and a row has a value of the
  // right kind for each.
  [[nodiscard]] Result<Line> take(std::string_view line);
  [[nodiscard]] Status complete() const;

  [[nodiscard]] const BackupHeader& header() const { return header_; }
  [[nodiscard]] const store::BackupTable& table() const { return *table_; }  // of the latest table or row
  [[nodiscard]] std::int64_t rows() const { return rows_; }

 private:
  enum class State : std::uint8_t { begin, tables, ended };

  [[nodiscard]] Result<Line> read(std::string_view line);

  State state_ = State::begin;
  BackupHeader header_;
  const store::BackupTable* table_ = nullptr;
  std::size_t tables_ = 0;  // that were named
  std::int64_t rows_ = 0;
  codec::Sha256 sum_;
};

}  // namespace certherald::app
