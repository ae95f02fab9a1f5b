#include <fmt/format.h>

#include "base/text.hpp"
#include "base/time_text.hpp"
#include "cli/scan_words.hpp"
#include "cli/scan_writers.hpp"
#include "cli/xml_text.hpp"

namespace certherald::cli {
namespace {

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
};

std::string evidence_text(const model::CheckResult& result, const model::CheckInfo* info) {
  std::string out = result.reason;
  for (const auto& [name, value] : result.evidence) out += fmt::format("\n{}: {}", name, value);
  if (info != nullptr) out += fmt::format("\n{}", info->mend);
  return out;
}

// One test suite an address, one test case a check. A problem below --fail-on is told, but fails nothing, so
// that the build and the exit code agree.
class JunitWriter final : public ScanWriter {
 public:
  explicit JunitWriter(const WriterOptions& options) : fail_on_(options.fail_on) {}

  std::string begin() override {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"certherald scan\">\n";
  }

  std::string add(const model::Observation& observation) override {
    const std::string place = xml_text(place_text(observation));
    Counts counts;
    std::string cases;
    if (observation.status != model::ScanStatus::scanned) {
      cases += one(counts.errors, place, "scan",
                   fmt::format("<error type=\"{}\" message=\"{}\"/>", to_string(observation.status),
                               xml_text(not_scanned_text(observation))));
      ++counts.tests;
    }
    for (const model::CheckResult& result : observation.checks) {
      cases += check(counts, place, result);
      ++counts.tests;
    }
    std::string at = to_iso8601(observation.at);
    at.pop_back();  // the schema has no time zone; it is UTC
    return fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\" "
        "timestamp=\"{}\">\n{}  </testsuite>\n",
        place, counts.tests, counts.failures, counts.errors, counts.skipped,
        static_cast<double>(observation.duration.count()) / 1000.0, at, cases);
  }

  std::string end(ScanEnd end) override {
    std::string out;
    if (end == ScanEnd::cancelled) {
      Counts counts;
      out = "  <testsuite name=\"scan\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">\n" +
            one(counts.errors, "scan", "complete",
                "<error type=\"cancelled\" message=\"the scan was stopped before its end\"/>") +
            "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
  }

 private:
  static std::string one(std::size_t& counter, std::string_view place, std::string_view name,
                         std::string_view inside) {
    ++counter;
    return fmt::format("    <testcase classname=\"{}\" name=\"{}\">{}</testcase>\n", place, xml_text(name),
                       inside);
  }

  std::string check(Counts& counts, std::string_view place, const model::CheckResult& result) const {
    const model::CheckInfo* info = model::find_check(result.id);
    const std::string reason = xml_text(result.reason);
    std::size_t passed = 0;
    switch (result.verdict) {
      case model::Verdict::affected:
        break;
      case model::Verdict::not_affected:
        return one(passed, place, result.id, fmt::format("<system-out>{}</system-out>", reason));
      case model::Verdict::inconclusive:
      case model::Verdict::not_applicable:
        return one(counts.skipped, place, result.id,
                   fmt::format("<skipped message=\"{}: {}\"/>", to_string(result.verdict), reason));
    }
    const std::string evidence = xml_text(evidence_text(result, info));
    if (info == nullptr || info->severity < fail_on_) {
      return one(passed, place, result.id, fmt::format("<system-out>{}</system-out>", evidence));
    }
    return one(counts.failures, place, result.id,
               fmt::format("<failure type=\"{}\" message=\"{}: {}\">{}</failure>", to_string(info->severity),
                           xml_text(info->title), reason, evidence));
  }

  model::Severity fail_on_;
};

}  // namespace

std::unique_ptr<ScanWriter> make_junit_writer(const WriterOptions& options) {
  return std::make_unique<JunitWriter>(options);
}

}  // namespace certherald::cli
