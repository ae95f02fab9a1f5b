#include <algorithm>

#include "app/config/blocks.hpp"
#include "app/exclusions.hpp"
#include "base/text.hpp"

namespace certherald::app {
namespace {

// What a list file says is read at each run: here it must be there.
void check_target(BlockReader& reader, const std::string& word, const scan::TargetOptions& options,
                  const FileProbe& probe) {
  if (word == "-") {
    reader.fault("targets", "targets: a discovery cannot read standard input", "name a file: \"@FILE\"");
    return;
  }
  if (word.starts_with('@')) {
    const std::string why = word.size() > 1 ? probe(word.substr(1), FileKind::any) : "no name follows the @";
    if (why.empty()) return;
    reader.fault("targets", fmt::format("targets: {} cannot be read: {}", single_line(word), why),
                 "give the path of a file that this program may read");
    return;
  }
  if (const auto spec = scan::parse_target(word, options); !spec) reader.fault("targets", spec.error());
}

}  // namespace

model::Discovery read_discovery(const toml::table& table, const FileProbe& probe, Problems& problems) {
  BlockReader reader(table, block("discovery"), problems);
  model::Discovery discovery;
  discovery.name = reader.required_text("name");
  discovery.ports = reader.text("ports", discovery.ports);
  scan::TargetOptions options;
  const auto ports = scan::parse_ports(discovery.ports);
  if (ports) options.ports = *ports;
  if (!ports) reader.fault("ports", ports.error());
  discovery.targets = reader.texts("targets");
  if (discovery.targets.empty())
    reader.fault("targets", "'targets' is missing or empty", "add targets = [\"10.0.0.0/24\"]");
  for (const std::string& word : discovery.targets) check_target(reader, word, options, probe);
  discovery.exclude = reader.texts("exclude");
  if (const auto exclusions = Exclusions::parse(discovery.exclude); !exclusions)
    reader.fault("exclude", exclusions.error());
  discovery.owner = reader.text("owner");
  discovery.tags = reader.texts("tags");
  std::ranges::sort(discovery.tags);
  discovery.tags.erase(std::ranges::unique(discovery.tags).begin(), discovery.tags.end());
  discovery.rate = static_cast<int>(reader.number("rate", discovery.rate, 0, 100'000));
  discovery.timeout = reader.duration("timeout", discovery.timeout);
  const Seconds timeout = discovery.timeout.elapsed();
  if (timeout < Seconds(1) || timeout > Seconds(60))
    reader.fault("timeout", "'timeout' must be from 1s to 60s", "write timeout = \"3s\"");
  return discovery;
}

}  // namespace certherald::app
