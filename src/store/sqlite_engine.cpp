#include "store/sqlite_engine.hpp"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include <soci/sqlite3/soci-sqlite3.h>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "store/doctor.hpp"
#include "store/migrations.hpp"
#include "store/news.hpp"
#include "store/soci_engine.hpp"

namespace certherald::store {
namespace {

using namespace std::chrono_literals;

struct Meaning {
  int code;  // primary result code
  std::string_view message;
  std::string_view hint;
};

// {0}: the file, {1}: its folder.
constexpr std::array meanings = std::to_array<Meaning>({
    {SQLITE_BUSY, "another process is writing to {0} and did not finish in time",
     "try again; where that lasts, find the process with fuser {0}"},
    {SQLITE_LOCKED, "another transaction of this process holds {0}", "try again"},
    {SQLITE_FULL, "the disk that holds {1} is full", "free space and run again; nothing was lost"},
    {SQLITE_CORRUPT, "the database {0} is damaged", "stop certherald and restore the latest backup"},
    {SQLITE_NOTADB, "{0} is not a database of certherald", "name another folder with --data"},
    {SQLITE_READONLY, "{0} cannot be written", "check the owner and mode of the file and of {1}"},
    {SQLITE_CANTOPEN, "{0} cannot be opened", "check the owner and mode of the file and of {1}"},
    {SQLITE_PERM, "{0} may not be opened", "check the owner and mode of the file and of {1}"},
    {SQLITE_IOERR, "the disk that holds {1} failed",
     "look for disk errors in the system log; nothing committed was lost"},
    {SQLITE_NOMEM, "memory ran out while working on {0}", "give the process more memory and run again"},
});

bool disk_is_full(const std::string& folder) {
  struct statvfs info{};
  return ::statvfs(folder.c_str(), &info) == 0 && info.f_bavail * info.f_frsize < 65'536;
}

Error explain_code(int code, std::string_view detail, const std::string& file) {
  int primary = code & 0xff;
  const std::string folder = std::filesystem::path(file).parent_path().string();
  // A shared-memory or temporary file that does not fit is reported as an I/O error.
  if ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && disk_is_full(folder)) primary = SQLITE_FULL;
  for (const Meaning& meaning : meanings) {
    if (meaning.code != primary) continue;
    return {ErrorKind::storage,
            fmt::format(fmt::runtime(meaning.message), single_line(file), single_line(folder)),
            fmt::format(fmt::runtime(meaning.hint), single_line(file), single_line(folder))};
  }
  return {ErrorKind::storage, fmt::format("{}: {}", single_line(file), single_line(detail)), {}};
}

// SQLite frees what we hand over.
template <class Text>
void* owned_copy(const Text& bytes) {
  void* copy = sqlite_api::sqlite3_malloc64(bytes.size() + 1);
  if (copy != nullptr && !bytes.empty()) std::memcpy(copy, bytes.data(), bytes.size());
  return copy;
}

// decode(text, 'hex') and encode(bytes, 'hex'), as PostgreSQL has them.
void decode_hex(sqlite_api::sqlite3_context* context, int /*count*/, sqlite_api::sqlite3_value** values) {
  const auto* text = reinterpret_cast<const char*>(sqlite_api::sqlite3_value_text(values[0]));
  const int length = sqlite_api::sqlite3_value_bytes(values[0]);
  if (text == nullptr) return;
  const auto bytes = from_hex({text, static_cast<std::size_t>(length)});
  if (!bytes) return sqlite_api::sqlite3_result_error(context, "not hexadecimal", -1);
  void* copy = owned_copy(*bytes);
  if (copy == nullptr) return sqlite_api::sqlite3_result_error_nomem(context);
  sqlite_api::sqlite3_result_blob64(context, copy, bytes->size(), sqlite_api::sqlite3_free);
}

void encode_hex(sqlite_api::sqlite3_context* context, int /*count*/, sqlite_api::sqlite3_value** values) {
  const auto* data = static_cast<const std::uint8_t*>(sqlite_api::sqlite3_value_blob(values[0]));
  const int length = sqlite_api::sqlite3_value_bytes(values[0]);
  const std::string hex = data == nullptr ? "" : to_hex({data, static_cast<std::size_t>(length)});
  void* copy = owned_copy(hex);
  if (copy == nullptr) return sqlite_api::sqlite3_result_error_nomem(context);
  sqlite_api::sqlite3_result_text64(context, static_cast<const char*>(copy), hex.size(),
                                    sqlite_api::sqlite3_free, SQLITE_UTF8);
}

// SOCI's library does not export what a checked cast of its classes needs.
__attribute__((no_sanitize("vptr"))) sqlite_api::sqlite3* handle_of(soci::session& session) {
  return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}
__attribute__((no_sanitize("vptr"))) sqlite_api::sqlite3_stmt* handle_of(soci::statement& statement) {
  return static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_;
}

class SqliteEngine final : public SociEngine {
 public:
  explicit SqliteEngine(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] Status open(Seconds busy_timeout);

  [[nodiscard]] const std::string& name() const override { return file_; }

  [[nodiscard]] Status begin(Access access) override {
    forget_failure();
    if (access != Access::read) return script("BEGIN IMMEDIATE");
    if (auto done = script("PRAGMA query_only=1"); !done) return done;
    reading_ = true;
    auto done = script("BEGIN");
    if (!done) rollback();
    return done;
  }

  [[nodiscard]] Status commit() override {
    auto done = script("COMMIT");
    if (!done)
      rollback();
    else
      end_reading();
    return done;
  }

  void rollback() noexcept override {
    // A full disk or a failed write may have rolled back already.
    if (sqlite_api::sqlite3_get_autocommit(handle()) == 0) {
      sqlite_api::sqlite3_exec(handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    end_reading();
    forget_failure();
  }

  void run_script(const std::string& sql) override {
    const std::string mine = spelled(
        sql, {{"@identity@", "INTEGER PRIMARY KEY AUTOINCREMENT"}, {"@bytes@", "BLOB"}, {"@key@", "TEXT"}});
    if (auto done = script(mine); !done) throw DatabaseError(done.error());
  }

  [[nodiscard]] std::string in_texts(std::string_view name) const override {
    return fmt::format("IN (SELECT value FROM json_each({}))", name);
  }
  [[nodiscard]] std::string in_integers(std::string_view name) const override { return in_texts(name); }
  [[nodiscard]] std::string row_list(std::string_view name,
                                     std::span<const JsonColumn> columns) const override {
    std::string fields;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      fields += fmt::format("{}value ->> {} AS {}", i == 0 ? "" : ", ", i, columns[i].name);
    }
    return fmt::format("(SELECT {} FROM json_each({}))", fields, name);
  }
  // A text of SQLite may hold any bytes, as long as nothing but the cast looks at it.
  [[nodiscard]] std::string pack(ByteView bytes) const override { return std::string(as_text(bytes)); }
  [[nodiscard]] std::string unpacked(std::string_view name) const override {
    return fmt::format("CAST({} AS BLOB)", name);
  }
  [[nodiscard]] std::string latest_id() const override { return "last_insert_rowid()"; }
  [[nodiscard]] bool is_far() const override { return false; }
  [[nodiscard]] std::string take_rows(std::string_view /*alias*/) const override { return ""; }
  [[nodiscard]] std::string tables() const override {
    return "(SELECT name FROM sqlite_master WHERE type = 'table')";
  }

  void continue_ids(std::string_view table, std::int64_t gap) override {
    if (gap == 0) return;  // AUTOINCREMENT sees to it
    execute(*this, "DELETE FROM sqlite_sequence WHERE name = :name", std::string(table));
    execute(*this,
            fmt::format(
                "INSERT INTO sqlite_sequence (name, seq) SELECT '{0}', coalesce(max(id), 0) + :gap FROM {0}",
                table),
            gap);
  }
  void announce() override {}  // a change of the file is news in itself
  [[nodiscard]] Result<std::unique_ptr<News>> listen() const override {
    auto other = open_sqlite(file_, Seconds(1));
    if (!other) return fail(other.error());
    return poll_for_news(std::move(*other));
  }

  [[nodiscard]] std::span<const Migration> migrations() const override { return sqlite_migrations(); }
  [[nodiscard]] Result<std::vector<HealthCheck>> examine(Instant now) override {
    return examine_sqlite(*this, file_, now);
  }

  [[nodiscard]] Error explain(const soci::soci_error& error) const override {
    if (const auto* ours = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
      return explain_code(ours->result(), error.what(), file_);
    }
    return explain_code(SQLITE_ERROR, error.what(), file_);
  }
  void rewind(soci::statement& statement) noexcept override {
    // Its code repeats an error that was told already; none for no statement.
    (void)sqlite_api::sqlite3_reset(handle_of(statement));
  }

 private:
  [[nodiscard]] sqlite_api::sqlite3* handle() { return handle_of(session_); }
  [[nodiscard]] Status script(const std::string& sql) {
    const int code = sqlite_api::sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    return fail(explain_code(code, sqlite_api::sqlite3_errmsg(handle()), file_));
  }
  void end_reading() noexcept {
    if (!reading_) return;
    sqlite_api::sqlite3_exec(handle(), "PRAGMA query_only=0", nullptr, nullptr, nullptr);
    reading_ = false;
  }
  [[nodiscard]] Status use_wal(Seconds busy_timeout);

  std::string file_;
  bool reading_ = false;
};

// Switching to WAL needs the file for itself, and SQLite does not wait for that by itself.
Status SqliteEngine::use_wal(Seconds busy_timeout) {
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
  for (;;) {
    Status done = script("PRAGMA journal_mode=WAL");
    if (done || std::chrono::steady_clock::now() >= deadline) return done;
    const int code = sqlite_api::sqlite3_errcode(handle()) & 0xff;
    if (code != SQLITE_BUSY && code != SQLITE_LOCKED) return done;
    std::this_thread::sleep_for(20ms);
  }
}

// SOCI takes the whole text as the file where it holds no "=", else it parses it.
Result<std::string> connect_text(const std::string& file) {
  if (file.find('=') == std::string::npos) return file;
  if (file.find('"') == std::string::npos) return fmt::format("db=\"{}\"", file);
  return with_hint(fail(ErrorKind::invalid_input, "{}: a path cannot hold both = and \"", single_line(file)),
                   "name another folder with --data");
}

// Certificates are no secret, but owners and hosts may be: nobody else reads the file. WAL and shared memory
// take its mode. A file that is there is not even opened: to close it again would drop the locks of every
// connection that this process has to it (POSIX close()), and another process that ends would then delete the
// log under them.
Status make_private_file(const std::string& file) {
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made >= 0) {
    ::close(made);
    return {};
  }
  if (errno == EEXIST) return {};
  const int code = errno == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN;
  const std::string why = std::generic_category().message(errno);
  Error error = explain_code(code, "", file);
  error.message += ": " + why;
  return fail(std::move(error));
}

Status SqliteEngine::open(Seconds busy_timeout) {
  const Result<std::string> text = connect_text(file_);
  if (!text) return fail(text.error());
  if (auto made = make_private_file(file_); !made) return made;
  try {
    session_.open(soci::sqlite3, *text);
  } catch (const soci::soci_error& error) {
    return fail(explain(error));
  }
  const auto millis = std::chrono::duration_cast<Millis>(busy_timeout).count();
  sqlite_api::sqlite3_busy_timeout(handle(), static_cast<int>(millis));
  sqlite_api::sqlite3_extended_result_codes(handle(), 1);
  constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  sqlite_api::sqlite3_create_function(handle(), "decode", 2, flags, nullptr, decode_hex, nullptr, nullptr);
  sqlite_api::sqlite3_create_function(handle(), "encode", 2, flags, nullptr, encode_hex, nullptr, nullptr);
  if (auto done = use_wal(busy_timeout); !done) return done;
  return script(
      "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32768; PRAGMA trusted_schema=OFF;"
      "PRAGMA journal_size_limit=67108864");
}

}  // namespace

Result<std::unique_ptr<Engine>> open_sqlite(const std::string& file, Seconds busy_timeout) {
  auto engine = std::make_unique<SqliteEngine>(file);
  if (auto opened = engine->open(busy_timeout); !opened) return fail(opened.error());
  return engine;
}

}  // namespace certherald::store
