#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/differences.hpp"
#include "cli/scan_output.hpp"
#include "cli/scan_words.hpp"
#include "cli/scan_writers.hpp"
#include "cli/text_block.hpp"

namespace certherald::cli {
namespace {

constexpr std::uint64_t few_targets = 10;  // with more, what has no problem is one line each
constexpr std::size_t most_places = 3;     // named below a problem

// How often something occurred, and where at first.
struct Occurrence {
  std::size_t count = 0;
  std::vector<std::string> places;

  void add(std::string place) {
    ++count;
    if (places.size() < most_places) places.push_back(std::move(place));
  }
  [[nodiscard]] std::string text() const {
    const std::string more = count > places.size() ? fmt::format(" and {} more", count - places.size()) : "";
    return join(places, ", ") + more;
  }
};

// Address after address as they come; with more than one, at the end what to do about all of them.
class TextWriter final : public ScanWriter {
 public:
  explicit TextWriter(const WriterOptions& options) : options_(options), differences_(options.colours) {}

  std::string add(const model::Observation& observation) override {
    count(totals_, observation);
    const std::string place = shown(model::display_name(observation.endpoint));
    const bool scanned = observation.status == model::ScanStatus::scanned;
    if (!scanned) not_scanned_.add(place);
    for (const auto& [result, info] : with_verdict(observation, model::Verdict::affected)) {
      if (scanned) problems_[info].add(place);
    }
    const auto unclear = with_verdict(observation, model::Verdict::inconclusive).size();
    const bool brief =
        options_.targets > few_targets && scanned && unclear == 0 && !has_problems(observation);
    return differences_.add(observation) +
           (brief ? scan_line(observation, options_.colours) : scan_text(observation, options_.colours));
  }

  std::string end(ScanEnd end) override {
    std::string out = differences_.end();
    if (totals_.addresses > 1) out += summary();
    if (totals_.addresses > 1 || end == ScanEnd::cancelled) out += scan_totals_text(totals_);
    if (end == ScanEnd::cancelled) out += "stopped before the end: the rest was not scanned\n";
    return out;
  }

 private:
  [[nodiscard]] std::string summary() const {
    if (problems_.empty() && not_scanned_.count == 0) return {};
    std::vector<std::pair<const model::CheckInfo*, const Occurrence*>> sorted;
    sorted.reserve(problems_.size());
    for (const auto& [info, occurrence] : problems_) sorted.emplace_back(info, &occurrence);
    // Severity, then how many; the map has them in the order of the checks.
    std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) {
      if (a.first->severity != b.first->severity) return a.first->severity > b.first->severity;
      return a.second->count > b.second->count;
    });
    TextBlock block(options_.colours);
    block.title("What to do, the worst first", "(certherald explain CHECK tells more)");
    for (const auto& [info, occurrence] : sorted) {
      block.line(upper(to_string(info->severity)), severity_colour(info->severity),
                 fmt::format("{} ({}): {}", info->title, info->id, occurrence->text()));
      block.below(fmt::format("-> {}", info->mend));
    }
    if (not_scanned_.count > 0) block.line("not scanned", "35", not_scanned_.text());
    return std::move(block).finish();
  }

  WriterOptions options_;
  Differences differences_;
  ScanTotals totals_;
  std::map<const model::CheckInfo*, Occurrence> problems_;
  Occurrence not_scanned_;
};

}  // namespace

std::unique_ptr<ScanWriter> make_text_writer(const WriterOptions& options) {
  return std::make_unique<TextWriter>(options);
}

}  // namespace certherald::cli
