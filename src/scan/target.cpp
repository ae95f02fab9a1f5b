#include "scan/target.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

namespace certherald::scan {
namespace {

std::unexpected<Error> bad_word(std::string_view word, std::string_view why, std::string hint) {
  return with_hint(fail(ErrorKind::invalid_input, "target '{}': {}", truncate(single_line(word), 120), why),
                   std::move(hint));
}

// Gathers the targets of words and lines.
class Reader {
 public:
  Reader(const TargetOptions& options, std::istream& standard_input)
      : options_(options), standard_input_(standard_input) {}

  Status add_word(std::string_view word) {
    if (word == "-") return add_standard_input();
    if (!word.starts_with('@')) return add_target(word);
    const std::string path(word.substr(1));
    if (path.empty()) return bad_word(word, "a file name must follow the @", "write @targets.txt");
    auto text = read_file(path, max_list_size);
    if (!text) return fail(text.error());
    return add_lines(path, *text);
  }

  [[nodiscard]] TargetList take() && { return std::move(list_); }

 private:
  Status add_standard_input() {
    std::string text;
    std::string line;
    while (std::getline(standard_input_, line)) {
      text += line;
      text += '\n';
      if (text.size() > max_list_size) {
        return fail(ErrorKind::too_large, "standard input: larger than {} bytes", max_list_size);
      }
    }
    return add_lines("standard input", text);
  }

  Status add_lines(std::string_view name, std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
      ++number;
      // '#' inside a word is no comment, so that it is told as the mistake it is.
      for (const std::string_view mark : {" #", "\t#"}) line = line.substr(0, line.find(mark));
      line = trim(line);
      if (line.empty() || line.starts_with('#')) continue;
      if (Status status = add_line(line); !status) {
        return fail_in(fmt::format("{}:{}", single_line(name), number), status.error());
      }
    }
    return {};
  }

  Status add_line(std::string_view line) {
    if (line == "-" || line.starts_with('@'))
      return bad_word(line, "a list cannot name another list", "name each list on the command line");
    return add_target(line);
  }

  Status add_target(std::string_view word) {
    auto spec = parse_target(word, options_);
    if (!spec) return fail(spec.error());
    const std::uint64_t added = spec->size() > options_.max_targets ? spec->size() : count_new(*spec);
    if (list_.size() + added > options_.max_targets) {
      return fail(ErrorKind::too_large, "more than {} targets", options_.max_targets);
    }
    if (added > 0) list_.add(std::move(*spec), added);
    return {};
  }

  // Counts no further than to one more than there may be.
  std::uint64_t count_new(const TargetSpec& spec) {
    std::uint64_t count = 0;
    const std::uint64_t room = options_.max_targets - list_.size();
    for (std::uint64_t i = 0; i < spec.size() && count <= room; ++i) {
      if (seen_.insert(spec.at(i))) ++count;
    }
    return count;
  }

  const TargetOptions& options_;
  std::istream& standard_input_;
  SeenTargets seen_;
  TargetList list_;
};

}  // namespace

bool SeenTargets::insert(const model::EndpointKey& key) {
  const auto number = key.address.empty() ? address_number(key.host) : std::nullopt;
  if (!number) return names_.insert(key).second;
  AddressNumber row = *number;
  const std::size_t column = row.low & 0xffU;
  row.low &= ~std::uint64_t{0xff};
  auto bit = addresses_[{row, key.port, key.starttls}][column];
  const bool is_new = !bit;
  bit = true;
  return is_new;
}

void TargetList::add(TargetSpec spec, std::uint64_t added) {
  specs_.push_back(std::move(spec));
  size_ += added;
}

std::optional<model::EndpointKey> TargetCursor::next() {
  for (; spec_ < list_.specs().size(); ++spec_, index_ = 0) {
    const TargetSpec& spec = list_.specs()[spec_];
    while (index_ < spec.size()) {
      model::EndpointKey key = spec.at(index_++);
      if (seen_.insert(key)) return key;
    }
  }
  return std::nullopt;
}

Result<TargetList> read_targets(std::span<const std::string> words, const TargetOptions& options,
                                std::istream& standard_input) {
  Reader reader(options, standard_input);
  for (const std::string& word : words) {
    if (Status status = reader.add_word(word); !status) return fail(status.error());
  }
  return std::move(reader).take();
}

}  // namespace certherald::scan
