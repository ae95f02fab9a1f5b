#include "model/verdict.hpp"

#include "base/enum_names.hpp"

namespace certherald::model {
namespace {

constexpr EnumNames<Verdict, 4> verdicts = {{"affected", "not_affected", "inconclusive", "not_applicable"}};
constexpr EnumNames<Severity, 5> severities = {{"info", "low", "medium", "high", "critical"}};

}  // namespace

std::string_view to_string(Verdict verdict) { return verdicts.name(verdict); }
std::string_view to_string(Severity severity) { return severities.name(severity); }
std::optional<Verdict> verdict_from(std::string_view text) { return verdicts.find(text); }
std::optional<Severity> severity_from(std::string_view text) { return severities.find(text); }

}  // namespace certherald::model
