#include <boost/json.hpp>

#include "base/text.hpp"
#include "cli/check_pages.hpp"
#include "cli/json_text.hpp"
#include "cli/scan_words.hpp"
#include "cli/scan_writers.hpp"
#include "cli/version.hpp"

namespace certherald::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t most_notifications = 1'000;  // of targets that were not scanned: they wait for the end

std::string_view level_of(model::Severity severity) {
  switch (severity) {
    case model::Severity::critical:
    case model::Severity::high:
      return "error";
    case model::Severity::medium:
      return "warning";
    case model::Severity::low:
    case model::Severity::info:
      return "note";
  }
  return "warning";
}

// A number on the scale of CVSS, as code hosting sites sort by.
std::string_view security_severity(model::Severity severity) {
  switch (severity) {
    case model::Severity::critical:
      return "9.5";
    case model::Severity::high:
      return "8.0";
    case model::Severity::medium:
      return "5.5";
    case model::Severity::low:
      return "3.0";
    case model::Severity::info:
      return "0.0";
  }
  return "0.0";
}

json::object rule(const model::CheckInfo& check) {
  json::array tags = {"security"};
  if (!check.cwe.empty()) tags.push_back(json_text("external/cwe/" + lower_ascii(check.cwe)));
  for (const std::string_view cve : split(check.cve, ',')) {
    if (!trim(cve).empty()) tags.push_back(json_text(trim(cve)));
  }
  return {
      {"id", json_text(check.id)},
      {"name", json_text(check.id)},
      {"shortDescription", {{"text", json_text(check.title)}}},
      {"fullDescription", {{"text", json_text(check.meaning)}}},
      {"help", {{"text", json_text(check.mend)}, {"markdown", json_text(check_page(check.id))}}},
      {"defaultConfiguration", {{"level", json_text(level_of(check.severity))}}},
      {"properties",
       {{"security-severity", json_text(security_severity(check.severity))}, {"tags", std::move(tags)}}},
  };
}

std::size_t index_of(const model::CheckInfo& check) {
  return static_cast<std::size_t>(&check - model::all_checks().data());
}

// SARIF is made for files. A server is named as an address of its own scheme, and once more as a resource.
json::array locations(const model::Observation& observation) {
  const std::string uri = "tls://" + model::display_name(observation.endpoint);
  const json::object physical = {{"artifactLocation", {{"uri", json_text(uri)}}},
                                 {"region", {{"startLine", 1}}}};
  const json::object logical = {{"fullyQualifiedName", json_text(place_text(observation))},
                                {"kind", "resource"}};
  return {json::object{{"physicalLocation", physical}, {"logicalLocations", json::array{logical}}}};
}

json::object result_json(const model::Observation& observation, const JudgedCheck& one) {
  const bool open = one.result->verdict == model::Verdict::inconclusive;
  json::object evidence;
  for (const auto& [name, value] : one.result->evidence) evidence[to_utf8(name)] = json_text(value);
  const std::string text =
      fmt::format("{}: {}. {}", one.info->title, one.result->reason, open ? "" : one.info->mend);
  return {
      {"ruleId", json_text(one.info->id)},
      {"ruleIndex", index_of(*one.info)},
      {"kind", open ? "open" : "fail"},
      {"level", open ? json::value("none") : json_text(level_of(one.info->severity))},
      {"message", {{"text", json_text(trim(text))}}},
      {"locations", locations(observation)},
      {"partialFingerprints",
       {{"certherald/v1", json_text(fmt::format("{} {} {}", one.info->id, observation.address,
                                                model::subject_text(observation.endpoint)))}}},
      {"properties", {{"evidence", std::move(evidence)}}},
  };
}

class SarifWriter final : public ScanWriter {
 public:
  std::string begin() override {
    json::array rules;
    for (const model::CheckInfo& check : model::all_checks()) rules.push_back(rule(check));
    const json::object tool = {
        {"driver", {{"name", "Certherald"}, {"version", json_text(version)}, {"rules", std::move(rules)}}}};
    return "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\","
           "\"runs\":[{\"tool\":" +
           json_serialized(tool) + ",\"results\":[";
  }

  std::string add(const model::Observation& observation) override {
    if (observation.status != model::ScanStatus::scanned) {
      note(place_text(observation) + ": " + not_scanned_text(observation));
      return {};
    }
    std::string out;
    for (const model::Verdict verdict : {model::Verdict::affected, model::Verdict::inconclusive}) {
      for (const JudgedCheck& one : with_verdict(observation, verdict)) {
        out += empty_ ? "\n" : ",\n";
        out += json_serialized(result_json(observation, one));
        empty_ = false;
      }
    }
    return out;
  }

  std::string end(ScanEnd end) override {
    if (dropped_ > 0) notifications_.push_back(notification(fmt::format("and {} more", dropped_)));
    if (end == ScanEnd::cancelled)
      notifications_.push_back(notification("the scan was stopped before its end"));
    const json::object invocation = {{"executionSuccessful", notifications_.empty()},
                                     {"toolExecutionNotifications", notifications_}};
    return "\n],\"invocations\":[" + json_serialized(invocation) + "]}]}\n";
  }

 private:
  static json::object notification(std::string_view text) {
    return {{"level", "error"}, {"message", {{"text", json_text(text)}}}};
  }
  void note(std::string_view text) {
    if (notifications_.size() < most_notifications) {
      notifications_.push_back(notification(text));
    } else {
      ++dropped_;
    }
  }

  bool empty_ = true;
  json::array notifications_;
  std::size_t dropped_ = 0;
};

}  // namespace

std::unique_ptr<ScanWriter> make_sarif_writer() { return std::make_unique<SarifWriter>(); }

}  // namespace certherald::cli
