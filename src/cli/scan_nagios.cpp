#include "cli/scan_nagios.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/scan_words.hpp"
#include "cli/scan_writers.hpp"

namespace certherald::cli {
namespace {

using enum NagiosState;

constexpr std::size_t most_problems = 5;
constexpr std::size_t most_figures = 50;  // the least days left; what reads plugins takes a few kilobytes

std::string_view name_of(NagiosState state) {
  switch (state) {
    case ok:
      return "OK";
    case warning:
      return "WARNING";
    case critical:
      return "CRITICAL";
    case unknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

// Which of two states the service is in: what is known to be wrong goes before what is not known.
int rank(NagiosState state) {
  switch (state) {
    case ok:
      return 0;
    case unknown:
      return 1;
    case warning:
      return 2;
    case critical:
      return 3;
  }
  return 1;
}

struct Problem {
  NagiosState state = ok;
  std::string text;
};

struct Figure {
  std::string place;
  std::int64_t days = 0;
};

// A certificate that is still valid is a warning; one that has expired is as bad as anything.
NagiosState state_of(const JudgedCheck& one, const model::Observation& observation, model::Severity fail_on) {
  const bool expires = one.info->id == "expiry";
  if (expires && !observation.chain.empty() && observation.chain.front().not_after >= observation.at)
    return warning;
  if (one.info->severity >= fail_on) return critical;
  return one.info->severity == model::Severity::info ? ok : warning;
}

class NagiosWriter final : public ScanWriter {
 public:
  explicit NagiosWriter(const WriterOptions& options) : fail_on_(options.fail_on), within_(options.within) {}

  std::string add(const model::Observation& observation) override {
    ++addresses_;
    const std::string place = place_text(observation);
    if (observation.status != model::ScanStatus::scanned) {
      put(critical, place + " " + not_scanned_text(observation));
      return {};
    }
    for (const JudgedCheck& one : with_verdict(observation, model::Verdict::affected)) {
      put(state_of(one, observation, fail_on_), place + " " + one.result->reason);
    }
    const auto open = with_verdict(observation, model::Verdict::inconclusive);
    if (!open.empty()) {
      const std::string more = open.size() > 1 ? fmt::format(" (and {} more)", open.size() - 1) : "";
      put(unknown,
          fmt::format("{} {}: {}{}", place, open.front().info->id, open.front().result->reason, more));
    }
    if (!observation.chain.empty()) measure(place, observation);
    return {};
  }

  std::string end(ScanEnd end) override {
    if (end == ScanEnd::cancelled) put(unknown, "the scan was stopped before its end");
    if (addresses_ == 0 && problems_.empty()) put(unknown, "nothing was scanned");
    return nagios_line(state_, summary(), perfdata());
  }

  [[nodiscard]] std::optional<int> exit_code() const override { return static_cast<int>(state_); }

 private:
  // Keeps the worst few in order and counts the rest.
  void put(NagiosState state, const std::string& text) {
    if (state == ok) return;
    if (rank(state) > rank(state_)) state_ = state;
    ++count_;
    const auto at = std::ranges::find_if(
        problems_, [state](const Problem& other) { return rank(other.state) < rank(state); });
    problems_.insert(at, Problem{state, truncate(single_line(text), 160)});
    if (problems_.size() > most_problems) problems_.pop_back();
  }

  void measure(std::string place, const model::Observation& observation) {
    const auto left = observation.chain.front().not_after - observation.at;
    figures_.push_back({std::move(place), std::chrono::floor<std::chrono::days>(left).count()});
    std::ranges::stable_sort(figures_, {}, &Figure::days);
    if (figures_.size() > most_figures) figures_.pop_back();
  }

  [[nodiscard]] std::string summary() const {
    std::string out;
    for (const Problem& problem : problems_) out += (out.empty() ? "" : "; ") + problem.text;
    if (count_ > problems_.size()) out += fmt::format("; and {} more", count_ - problems_.size());
    if (!out.empty()) return out;
    out = fmt::format("{} address{} without a problem", addresses_, addresses_ == 1 ? "" : "es");
    if (!figures_.empty())
      out += fmt::format(", the first certificate ends in {} days", figures_.front().days);
    return out;
  }

  [[nodiscard]] std::string perfdata() const {
    const auto* warn = std::get_if<Duration>(&within_);
    const std::string limits =
        warn == nullptr
            ? ";;0:"
            : fmt::format(";{}:;0:", std::chrono::floor<std::chrono::days>(warn->elapsed()).count());
    std::string out;
    for (const Figure& figure : figures_) {
      std::string label = truncate(single_line(figure.place), 100);
      std::erase_if(label, [](char c) { return c == '\'' || c == '=' || c == '|'; });
      out += fmt::format("{}'days left {}'={}{}", out.empty() ? "" : " ", label, figure.days, limits);
    }
    return out;
  }

  model::Severity fail_on_;
  model::Within within_;
  NagiosState state_ = ok;
  std::size_t addresses_ = 0;
  std::size_t count_ = 0;
  std::vector<Problem> problems_;
  std::vector<Figure> figures_;
};

}  // namespace

std::string nagios_line(NagiosState state, std::string_view text, std::string_view perfdata) {
  std::string shown = single_line(text);
  std::ranges::replace(shown, '|', '/');
  return fmt::format("TLS {} - {}{}{}\n", name_of(state), shown, perfdata.empty() ? "" : " | ", perfdata);
}

std::unique_ptr<ScanWriter> make_nagios_writer(const WriterOptions& options) {
  return std::make_unique<NagiosWriter>(options);
}

}  // namespace certherald::cli
