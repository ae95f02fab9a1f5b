#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"

namespace certherald::store {

// Thrown inside the store only: Engine::guard turns it into the Error that it carries.
class DatabaseError final : public std::exception {
 public:
  explicit DatabaseError(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  Error error_;
};

struct HealthCheck;
struct Migration;
class News;

enum class ValueKind : std::uint8_t { integer, text };

// A value on its way into a statement. Text is viewed, not owned.
struct Param {
  ValueKind kind = ValueKind::integer;
  bool null = false;
  std::int64_t integer = 0;
  std::string_view text;
};

// A statement under way. Every function throws DatabaseError.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual bool step() = 0;  // to the next row; false after the last
  [[nodiscard]] virtual bool null(std::size_t column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(std::size_t column) const = 0;
  [[nodiscard]] virtual std::string take_text(std::size_t column) = 0;
  [[nodiscard]] virtual std::int64_t changed() = 0;  // rows written, of a statement without columns
};

// One database connection of one engine, and what the engines spell differently. Used by one thread at a
// time.
class Engine {
 public:
  // read: one consistent view, and nothing is written. write: nobody else writes meanwhile, and each
  // statement sees all that others committed before. shared_write: others may write meanwhile where the
  // engine can do that; whoever reads rows to change them names them with take_rows.
  enum class Access : std::uint8_t { read, write, shared_write };

  virtual ~Engine() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;  // of the file or database, for people

  // A connection that broke since the last transaction is opened anew.
  [[nodiscard]] virtual Status begin(Access access) = 0;
  // Committed, or an error after which nothing is; where the answer was lost, the error says so.
  [[nodiscard]] virtual Status commit() = 0;
  virtual void rollback() noexcept = 0;

  // `sql` takes its parameters as :names, each once, in the order of `params`. Throws DatabaseError.
  [[nodiscard]] virtual std::unique_ptr<Cursor> run(const std::string& sql, std::span<const Param> params,
                                                    std::span<const ValueKind> columns) = 0;
  // As run, for a SELECT whose rows may be too many for the memory: they come in pieces. Other statements may
  // run between its steps.
  [[nodiscard]] virtual std::unique_ptr<Cursor> stream(const std::string& sql, std::span<const Param> params,
                                                       std::span<const ValueKind> columns) = 0;
  // Statements of a migration, after the words of db/migrations/README.md are replaced.
  virtual void run_script(const std::string& sql) = 0;

  // Follows a column: true where it is one of the texts or integers of a JSON array that is the parameter
  // `name`.
  [[nodiscard]] virtual std::string in_texts(std::string_view name) const = 0;
  [[nodiscard]] virtual std::string in_integers(std::string_view name) const = 0;
  // "(SELECT ... )": rows of a JSON array of arrays that is the parameter `name`, as these columns.
  struct JsonColumn {
    std::string_view name;
    ValueKind kind = ValueKind::text;
  };
  [[nodiscard]] virtual std::string row_list(std::string_view name,
                                             std::span<const JsonColumn> columns) const = 0;
  // Bytes on their way into a statement: the text that goes for them, and the SQL that makes bytes of the
  // parameter `name` that has it.
  [[nodiscard]] virtual std::string pack(ByteView bytes) const = 0;
  [[nodiscard]] virtual std::string unpacked(std::string_view name) const = 0;
  // SQL: the id that the last INSERT of this connection gave.
  [[nodiscard]] virtual std::string latest_id() const = 0;
  // Whether each statement is a journey to a server, so that one for many rows is worth packing them.
  [[nodiscard]] virtual bool is_far() const = 0;
  // Ends a SELECT whose rows (of table alias `alias`) this transaction takes before anybody else.
  // Rows that another has taken are passed over.
  [[nodiscard]] virtual std::string take_rows(std::string_view alias) const = 0;
  // "(SELECT ... )": the tables that there are, as `name`.
  [[nodiscard]] virtual std::string tables() const = 0;

  // The commit of this transaction wakes those who wait for news.
  virtual void announce() = 0;
  // On a connection of its own.
  [[nodiscard]] virtual Result<std::unique_ptr<News>> listen() const = 0;

  [[nodiscard]] virtual std::span<const Migration> migrations() const = 0;  // of this engine, in order
  // Asks the questions of Store::doctor inside a read transaction.
  [[nodiscard]] virtual Result<std::vector<HealthCheck>> examine(Instant now) = 0;

  // Ids that the table gives itself from now on are higher than all that it holds, by more than `gap`.
  virtual void continue_ids(std::string_view table, std::int64_t gap) = 0;

  // Runs `body`, which returns a Result; a DatabaseError becomes its error and spoils the transaction: every
  // later statement of it fails alike, and it cannot be committed.
  template <class F>
  [[nodiscard]] auto guard(F&& body) -> std::invoke_result_t<F&> {
    try {
      return body();
    } catch (const DatabaseError& failure) {
      if (!failure_) failure_ = failure.error();
      return std::unexpected(failure.error());
    }
  }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 protected:
  void forget_failure() { failure_.reset(); }

 private:
  std::optional<Error> failure_;
};

namespace detail {

inline Param param(std::string_view value) { return {ValueKind::text, false, 0, value}; }
inline Param param(const std::string& value) { return param(std::string_view(value)); }
inline Param param(const char* value) { return param(std::string_view(value)); }
inline Param param(Instant value) {
  return {ValueKind::integer, false, value.time_since_epoch().count(), {}};
}
inline Param param(Seconds value) { return {ValueKind::integer, false, value.count(), {}}; }
template <class T>
  requires std::is_integral_v<T>
Param param(T value) {
  return {ValueKind::integer, false, static_cast<std::int64_t>(value), {}};
}
template <class Tag>
Param param(StrongId<Tag> value) {
  return {ValueKind::integer, false, value.value, {}};
}
template <class T>
Param param(const std::optional<T>& value) {
  if (value) return param(*value);
  Param empty = param(T{});
  empty.null = true;
  return empty;
}

template <class T>
struct Column {
  static_assert(std::is_integral_v<T>);
  static constexpr ValueKind kind = ValueKind::integer;
  static T take(Cursor& cursor, std::size_t i) { return static_cast<T>(cursor.integer(i)); }
};
template <>
struct Column<std::string> {
  static constexpr ValueKind kind = ValueKind::text;
  static std::string take(Cursor& cursor, std::size_t i) { return cursor.take_text(i); }
};
template <>
struct Column<Instant> {
  static constexpr ValueKind kind = ValueKind::integer;
  static Instant take(Cursor& cursor, std::size_t i) { return Instant(Seconds(cursor.integer(i))); }
};
template <class Tag>
struct Column<StrongId<Tag>> {
  static constexpr ValueKind kind = ValueKind::integer;
  static StrongId<Tag> take(Cursor& cursor, std::size_t i) { return {cursor.integer(i)}; }
};
template <class T>
struct Column<std::optional<T>> {
  static constexpr ValueKind kind = Column<T>::kind;
  static std::optional<T> take(Cursor& cursor, std::size_t i) {
    if (cursor.null(i)) return std::nullopt;
    return Column<T>::take(cursor, i);
  }
};

}  // namespace detail

// Says that rows may be too many for the memory: Engine::stream.
struct Streamed {};
inline constexpr Streamed streamed;

// The rows of one statement:
//   Rows<std::int64_t, std::string> rows(engine, "SELECT id, name FROM owners WHERE id > :id", id);
//   while (auto row = rows.next()) { auto& [id, name] = *row; ... }
template <class... Columns>
class Rows {
 public:
  using Row = std::tuple<Columns...>;

  template <class... Params>
  Rows(Engine& engine, const std::string& sql, const Params&... params) {
    const std::array<Param, sizeof...(Params)> values = {detail::param(params)...};
    static constexpr std::array<ValueKind, sizeof...(Columns)> kinds = {detail::Column<Columns>::kind...};
    cursor_ = engine.run(sql, values, kinds);
  }
  template <class... Params>
  Rows(Streamed /*unused*/, Engine& engine, const std::string& sql, const Params&... params) {
    const std::array<Param, sizeof...(Params)> values = {detail::param(params)...};
    static constexpr std::array<ValueKind, sizeof...(Columns)> kinds = {detail::Column<Columns>::kind...};
    cursor_ = engine.stream(sql, values, kinds);
  }

  [[nodiscard]] std::optional<Row> next() {
    if (!cursor_->step()) return std::nullopt;
    return take(std::index_sequence_for<Columns...>{});
  }

 private:
  template <std::size_t... I>
  Row take(std::index_sequence<I...> /*unused*/) {
    return Row{detail::Column<Columns>::take(*cursor_, I)...};
  }

  std::unique_ptr<Cursor> cursor_;
};

// The first row.
template <class... Columns, class... Params>
[[nodiscard]] std::optional<std::tuple<Columns...>> first_row(Engine& engine, const std::string& sql,
                                                              const Params&... params) {
  return Rows<Columns...>(engine, sql, params...).next();
}

// The first column of the first row.
template <class Value, class... Params>
[[nodiscard]] std::optional<Value> first_value(Engine& engine, const std::string& sql,
                                               const Params&... params) {
  auto row = first_row<Value>(engine, sql, params...);
  if (!row) return std::nullopt;
  return std::move(std::get<0>(*row));
}

// A statement without rows; returns how many it wrote.
template <class... Params>
std::int64_t execute(Engine& engine, const std::string& sql, const Params&... params) {
  const std::array<Param, sizeof...(Params)> values = {detail::param(params)...};
  const std::unique_ptr<Cursor> cursor = engine.run(sql, values, {});
  return cursor->changed();
}

}  // namespace certherald::store
