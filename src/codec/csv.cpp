#include "codec/csv.hpp"

#include "base/text.hpp"

namespace certherald::codec {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  Result<CsvRecord> record() {
    CsvRecord out{line_, {}};
    for (;;) {
      auto field = this->field();
      if (!field) return fail_in(fmt::format("line {}", line_), field.error());
      if (out.fields.size() >= max_csv_fields)
        return fail(ErrorKind::too_large, "line {}: more than {} fields", line_, max_csv_fields);
      out.fields.push_back(std::move(*field));
      if (take(',')) continue;
      end_line();
      return out;
    }
  }

 private:
  [[nodiscard]] bool at_line_end() const {
    return at_end() || text_[at_] == '\n' || (text_[at_] == '\r' && text_.substr(at_).starts_with("\r\n"));
  }

  bool take(char wanted) {
    if (at_end() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  void end_line() {
    take('\r');
    if (take('\n')) ++line_;
  }

  Result<std::string> field() {
    if (take('"')) return quoted();
    std::string out;
    while (!at_line_end() && text_[at_] != ',') {
      if (text_[at_] == '"') {
        return with_hint(fail(ErrorKind::invalid_input, "a quote stands inside a field"),
                         "put all of the field into quotes, and double those inside");
      }
      out += text_[at_++];
    }
    return out;
  }

  Result<std::string> quoted() {
    const std::size_t begun = line_;
    std::string out;
    while (!at_end()) {
      if (take('"')) {
        if (take('"')) {
          out += '"';
          continue;
        }
        if (at_line_end() || text_[at_] == ',') return out;
        return fail(ErrorKind::invalid_input, "there is text behind the closing quote of a field");
      }
      if (text_[at_] == '\n') ++line_;
      out += text_[at_++];
    }
    return fail(ErrorKind::invalid_input, "the quote of line {} does not close", begun);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::vector<CsvRecord>> read_csv(std::string_view text) {
  if (!is_utf8(text)) return fail(ErrorKind::invalid_input, "it is no UTF-8 text");
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<CsvRecord> records;
  Reader reader(text);
  while (!reader.at_end()) {
    auto record = reader.record();
    if (!record) return fail(record.error());
    if (record->fields.size() == 1 && record->fields.front().empty()) continue;
    if (!records.empty() && record->fields.size() != records.front().fields.size()) {
      return fail(ErrorKind::invalid_input, "line {}: {} fields, where the first line has {}", record->line,
                  record->fields.size(), records.front().fields.size());
    }
    records.push_back(std::move(*record));
  }
  return records;
}

}  // namespace certherald::codec
