#include "app/backup_format.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "store/store.hpp"

namespace certherald::app {
namespace {

namespace json = boost::json;
using store::BackupColumn;
using store::BackupKind;
using store::BackupTable;

constexpr int format_version = 1;
constexpr std::string_view format_name = "certherald_backup";

std::unexpected<Error> damaged(std::string_view what) {
  return with_hint(fail(ErrorKind::invalid_input, "{}: the backup is damaged or was changed", what),
                   "copy it again from where it was made, or take another one");
}

Result<json::value> parse(std::string_view line) {
  json::parse_options options;
  options.max_depth = 2;
  // Text as the store holds it: what it must be is for the store that takes it.
  options.allow_invalid_utf8 = true;
  boost::system::error_code error;
  json::value value = json::parse(line, error, {}, options);
  if (error) return damaged("it is no JSON value");
  return value;
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return {value->get_string().data(), value->get_string().size()};
}

std::int64_t number_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

json::array names_of(const BackupTable& table) {
  json::array names;
  for (const BackupColumn& column : table.columns) names.emplace_back(column.name);
  return names;
}

bool is_hex(const json::string& string) {
  const std::string_view text(string.data(), string.size());
  return text.size() % 2 == 0 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool fits(const BackupColumn& column, const json::value& value) {
  if (value.is_null()) return true;
  switch (column.kind) {
    case BackupKind::integer:
      return value.is_int64();
    case BackupKind::text:
      return value.is_string();
    case BackupKind::bytes:
      return value.is_string() && is_hex(value.get_string());
  }
  return false;
}

Status check_row(const BackupTable& table, const json::array& row) {
  if (row.size() != table.columns.size())
    return damaged(
        fmt::format("a row of {} has {} values instead of {}", table.name, row.size(), table.columns.size()));
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!fits(table.columns[i], row[i]))
      return damaged(fmt::format("{}.{} has a value of another kind", table.name, table.columns[i].name));
  }
  return {};
}

Status check_version(const json::object& object, const BackupHeader& header) {
  const std::string by = single_line(header.made_by);
  if (number_of(object, format_name) != format_version || header.schema > store::Store::newest_schema()) {
    return with_hint(fail(ErrorKind::invalid_input, "made by a newer certherald ({})", by),
                     "restore it with that version or a newer one");
  }
  if (header.schema < store::Store::newest_schema()) {
    return with_hint(
        fail(ErrorKind::invalid_input, "its schema {} is older than this program's {}", header.schema,
             store::Store::newest_schema()),
        fmt::format("restore it with certherald {}, which made it, then run certherald migrate with "
                    "this one",
                    by));
  }
  return {};
}

Result<BackupHeader> read_header(std::string_view line) {
  const auto value = parse(line);
  if (!value || !value->is_object() || !value->get_object().contains(format_name))
    return with_hint(fail(ErrorKind::invalid_input, "it is no backup of certherald"),
                     "name a file made by certherald backup");
  const json::object& object = value->get_object();
  BackupHeader header;
  header.made_by = text_of(object, "made_by");
  const std::int64_t schema = number_of(object, "schema");
  if (schema < 1 || schema > 1'000'000) return damaged("it names no schema");
  header.schema = static_cast<int>(schema);
  if (Status known = check_version(object, header); !known) return fail(known.error());
  header.installation = text_of(object, "installation");
  header.made_at = Instant(Seconds(number_of(object, "made_at")));
  if (header.installation.empty()) return damaged("it names no installation");
  return header;
}

}  // namespace

std::string BackupFormatter::counted(std::string line) {
  sum_.add(as_bytes(line));
  sum_.add(as_bytes("\n"));
  return line;
}

std::string BackupFormatter::header(const BackupHeader& header) {
  const json::object object = {{format_name, format_version},
                               {"schema", header.schema},
                               {"installation", header.installation},
                               {"made_at", header.made_at.time_since_epoch().count()},
                               {"made_by", header.made_by}};
  return counted(json::serialize(object));
}

std::string BackupFormatter::table(const BackupTable& table) {
  const json::object object = {{"table", table.name}, {"columns", names_of(table)}};
  return counted(json::serialize(object));
}

void BackupFormatter::add(std::string_view row) {
  ++rows_;
  sum_.add(as_bytes(row));
  sum_.add(as_bytes("\n"));
}

std::string BackupFormatter::end() {
  return json::serialize(json::object{{"rows", rows_}, {"sha256", sum_.hex()}});
}

Result<BackupParser::Line> BackupParser::take(std::string_view line) {
  if (line.size() > longest_backup_line) return damaged("it is too long");
  auto kind = read(line);
  if (kind && *kind != Line::end) {
    sum_.add(as_bytes(line));
    sum_.add(as_bytes("\n"));
  }
  return kind;
}

Result<BackupParser::Line> BackupParser::read(std::string_view line) {
  if (state_ == State::ended) return damaged("something follows the last line");
  if (state_ == State::begin) {
    auto header = read_header(line);
    if (!header) return fail(header.error());
    header_ = std::move(*header);
    state_ = State::tables;
    return Line::header;
  }
  const auto value = parse(line);
  if (!value) return fail(value.error());
  if (const json::array* row = value->if_array()) {
    if (table_ == nullptr) return damaged("a row stands before the first table");
    if (Status checked = check_row(*table_, *row); !checked) return fail(checked.error());
    ++rows_;
    return Line::row;
  }
  if (!value->is_object()) return damaged("it is neither a table nor a row");
  const json::object& object = value->get_object();
  const auto tables = store::backup_tables();
  if (tables_ < tables.size()) {
    const BackupTable& next = tables[tables_];
    const json::value* columns = object.if_contains("columns");
    if (text_of(object, "table") != next.name || columns == nullptr ||
        *columns != json::value(names_of(next)))
      return damaged(fmt::format("the table {} with its columns is not where it should be", next.name));
    table_ = &next;
    ++tables_;
    return Line::table;
  }
  if (number_of(object, "rows") != rows_)
    return damaged(fmt::format("it has {} rows, not as many as it says", rows_));
  if (text_of(object, "sha256") != sum_.hex()) return damaged("its SHA-256 is another one");
  state_ = State::ended;
  return Line::end;
}

Status BackupParser::complete() const {
  if (state_ != State::ended) return damaged("it ends too early");
  return {};
}

}  // namespace certherald::app
