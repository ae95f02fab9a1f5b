#include "app/backup.hpp"

#include "app/backup_file.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

using Line = BackupParser::Line;
using store::BackupTable;

// Bytes of rows that go into the store with one statement.
constexpr std::size_t batch_size = 262'144;

Status write_table(store::Session& session, const BackupTable& table, BackupFormatter& formatter,
                   BackupFile& file) {
  if (Status written = file.line(formatter.table(table)); !written) return written;
  return session.each_backup_row(table, [&](const std::string& row) {
    formatter.add(row);
    return file.line(row);
  });
}

Result<BackupCounts> write_all(store::Session& session, const std::string& version, const Clock& clock,
                               BackupFile& file) {
  auto installation = session.installation();
  if (!installation) return fail(installation.error());
  BackupCounts counts;
  counts.header = {store::Store::newest_schema(), std::move(*installation), clock.now(), version};
  BackupFormatter formatter;
  if (Status written = file.line(formatter.header(counts.header)); !written) return fail(written.error());
  for (const BackupTable& table : store::backup_tables()) {
    if (Status written = write_table(session, table, formatter, file); !written) return fail(written.error());
  }
  if (Status written = file.line(formatter.end()); !written) return fail(written.error());
  counts.rows = formatter.rows();
  return counts;
}

// Rows of one table after another, on their way into the store by the batch.
class Batches final {
 public:
  Batches(store::Session& session, bool forget) : session_(session), forget_(forget) {}

  [[nodiscard]] Status begin(const BackupTable& table) {
    Status done = flush();
    table_ = &table;
    return done;
  }
  [[nodiscard]] Status add(std::string_view row) {
    if (forget_ && table_->of_another == store::OfAnother::forgotten) return {};
    rows_ += rows_.empty() ? '[' : ',';
    rows_ += row;
    return rows_.size() < batch_size ? Status() : flush();
  }
  [[nodiscard]] Status flush() {
    if (rows_.empty()) return {};
    rows_ += ']';
    Status done = session_.restore_rows(*table_, rows_);
    rows_.clear();
    return done;
  }

 private:
  store::Session& session_;
  bool forget_;
  const BackupTable* table_ = nullptr;
  std::string rows_;
};

// Every line that is right, to `use`; then whether it was all.
template <class Use>
Result<BackupCounts> read_backup(const std::string& path, const Use& use) {
  BackupParser parser;
  const Status read = each_line(path, longest_backup_line, [&](std::string_view text) -> Status {
    const auto line = parser.take(text);
    if (!line) return fail(line.error());
    return use(*line, parser, text);
  });
  if (!read) return fail(read.error());
  if (Status complete = parser.complete(); !complete) return fail_in(single_line(path), complete.error());
  return BackupCounts{parser.rows(), parser.header()};
}

Result<BackupCounts> restore_all(store::Session& session, const std::string& path, const std::string& fresh) {
  if (Status begun = session.begin_restore(); !begun) return fail(begun.error());
  Batches batches(session, !fresh.empty());
  // It may have changed since it was checked: what is committed is what this reading found to be whole.
  auto counts = read_backup(path, [&batches](Line line, const BackupParser& parser, std::string_view text) {
    if (line == Line::table) return batches.begin(parser.table());
    if (line == Line::row) return batches.add(text);
    return line == Line::end ? batches.flush() : Status();
  });
  if (!counts) return counts;
  if (Status ended = session.end_restore(fresh); !ended) return fail(ended.error());
  return counts;
}

}  // namespace

Result<BackupCounts> write_backup(store::Store& store, const std::string& path, const std::string& version,
                                  const Clock& clock) {
  auto file = BackupFile::create(path);
  if (!file) return fail(file.error());
  auto counts =
      store.read([&](store::Session& session) { return write_all(session, version, clock, *file); });
  if (!counts) return counts;
  if (Status committed = file->commit(); !committed) return fail(committed.error());
  return counts;
}

Result<BackupCounts> check_backup(const std::string& path) {
  return read_backup(path, [](Line /*line*/, const BackupParser& /*parser*/, std::string_view /*text*/) {
    return Status();
  });
}

Result<BackupCounts> restore_backup(store::Store& store, const std::string& path, const std::string& fresh) {
  if (auto checked = check_backup(path); !checked) return checked;
  return store.write([&](store::Session& session) { return restore_all(session, path, fresh); });
}

}  // namespace certherald::app
