#include "app/config/parse.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "app/config/blocks.hpp"
#include "app/config/reader.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

// Remembers names and where they stood, so that a second one can be refused with both lines.
class Names {
 public:
  explicit Names(std::string_view what, Problems& problems) : what_(what), problems_(problems) {}

  void add(const std::string& name, int line) {
    if (name.empty()) return;
    const auto [at, inserted] = lines_.emplace(name, line);
    if (inserted) return;
    problems_.add(line,
                  fmt::format("{} '{}' is here twice: it stands in line {} already", what_, single_line(name),
                              at->second),
                  "remove one of them");
  }

 private:
  std::string_view what_;
  Problems& problems_;
  std::map<std::string, int> lines_;
};

// The tables of [[name]]; none where the block is absent, a problem where it is written as [name].
std::vector<const toml::table*> tables_of(const toml::table& root, std::string_view name,
                                          Problems& problems) {
  std::vector<const toml::table*> tables;
  const toml::node* node = root.get(name);
  if (node == nullptr) return tables;
  const toml::array* array = node->as_array();
  if (array == nullptr || !node->is_array_of_tables()) {
    problems.add(static_cast<int>(node->source().begin.line), fmt::format("{} may stand many times", name),
                 fmt::format("write it as [[{}]]", name));
    return tables;
  }
  for (const toml::node& item : *array) tables.push_back(item.as_table());
  return tables;
}

// The table of [name], or nullptr.
const toml::table* table_of(const toml::table& root, std::string_view name, Problems& problems) {
  const toml::node* node = root.get(name);
  if (node == nullptr) return nullptr;
  if (const toml::table* table = node->as_table()) return table;
  problems.add(static_cast<int>(node->source().begin.line), fmt::format("{} stands once", name),
               fmt::format("write it as [{}]", name));
  return nullptr;
}

void refuse_unknown_blocks(const toml::table& root, Problems& problems) {
  for (const auto& [key, value] : root) {
    if (!value.is_table() && !value.is_array_of_tables()) continue;
    const bool known = std::ranges::any_of(configuration_blocks(), [&](const BlockSpec& spec) {
      return !spec.name.empty() && spec.name == key.str();
    });
    if (known) continue;
    problems.add(static_cast<int>(value.source().begin.line),
                 fmt::format("there is no block '{}'", single_line(key.str())),
                 "doc/configuration.md lists the blocks");
  }
}

Configuration read_document(const toml::table& root, const FileProbe& probe, Problems& problems) {
  Configuration result;
  result.file = problems.file;
  refuse_unknown_blocks(root, problems);
  BlockReader top(root, block(""), problems);
  result.set = top.text("set", "default");
  if (result.set.starts_with(model::discovery_set_prefix) || result.set == import_set)
    top.fault("set", fmt::format("no set is called '{}'", single_line(result.set)), "choose another name");
  if (const auto* table = table_of(root, "server", problems)) result.server = read_server(*table, problems);
  if (const auto* table = table_of(root, "scan", problems)) result.scan = read_scan(*table, probe, problems);
  if (const auto* table = table_of(root, "retention", problems))
    result.retention = read_retention(*table, problems);

  Names endpoints("endpoint", problems);
  for (const auto* table : tables_of(root, "endpoint", problems)) {
    if (auto endpoint = read_endpoint(*table, problems)) {
      endpoints.add(model::subject_text(endpoint->key), static_cast<int>(table->source().begin.line));
      result.endpoints.push_back(std::move(*endpoint));
    }
  }
  Names connections("connection", problems);
  for (const auto* table : tables_of(root, "connection", problems)) {
    result.connections.push_back(read_connection(*table, probe, problems, result.warnings));
    connections.add(result.connections.back().name, static_cast<int>(table->source().begin.line));
  }
  Names policies("policy", problems);
  for (const auto* table : tables_of(root, "policy", problems)) {
    result.policies.push_back(read_policy(*table, problems));
    policies.add(result.policies.back().name, static_cast<int>(table->source().begin.line));
    const toml::node* channels = table->get("channels");
    const toml::node& where = channels != nullptr ? *channels : *table;
    result.channel_lines.push_back(static_cast<int>(where.source().begin.line));
  }
  Names discoveries("discovery", problems);
  for (const auto* table : tables_of(root, "discovery", problems)) {
    result.discoveries.push_back(read_discovery(*table, probe, problems));
    discoveries.add(result.discoveries.back().name, static_cast<int>(table->source().begin.line));
  }
  Names schedules("schedule", problems);
  for (const auto* table : tables_of(root, "schedule", problems)) {
    result.schedules.push_back(read_schedule(*table, problems));
    schedules.add(result.schedules.back().name, static_cast<int>(table->source().begin.line));
    const toml::node* discovery = table->get("discovery");
    const toml::node& where = discovery != nullptr ? *discovery : *table;
    result.discovery_lines.push_back(static_cast<int>(where.source().begin.line));
  }
  return result;
}

}  // namespace

ParsedConfiguration parse_configuration(std::string_view text, const std::string& file,
                                        const FileProbe& probe) {
  Problems problems{file, {}};
  if (!is_utf8(text)) {
    problems.add(0, "the file is not UTF-8 text", "save it as UTF-8");
    return std::unexpected(std::move(problems.list));
  }
  try {
    const toml::table root = toml::parse(text, file);
    Configuration result = read_document(root, probe, problems);
    if (!problems.list.empty()) {
      std::ranges::stable_sort(problems.list, {}, &ConfigurationProblem::line);
      return std::unexpected(std::move(problems.list));
    }
    return result;
  } catch (const toml::parse_error& error) {
    problems.list.clear();
    problems.add(static_cast<int>(error.source().begin.line), single_line(error.description()),
                 "mend the TOML syntax there");
    return std::unexpected(std::move(problems.list));
  }
}

std::string describe(const ConfigurationProblem& problem) {
  std::string where = problem.line > 0 ? fmt::format("{}:{}", problem.file, problem.line) : problem.file;
  if (problem.mend.empty()) return fmt::format("{}: {}", where, problem.message);
  return fmt::format("{}: {} ({})", where, problem.message, problem.mend);
}

}  // namespace certherald::app
