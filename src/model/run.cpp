#include "model/run.hpp"

#include "base/enum_names.hpp"

namespace certherald::model {
namespace {

constexpr EnumNames<TaskKind, 4> tasks = {
    {"expiry_notification", "vulnerability_scan", "expiry_report", "discovery"}};
constexpr EnumNames<RunOutcome, 4> outcomes = {{"running", "succeeded", "incomplete", "failed"}};
constexpr EnumNames<RunStage, 3> stages = {{"scan", "refresh", "decide"}};

}  // namespace

std::string_view to_string(TaskKind kind) { return tasks.name(kind); }
std::optional<TaskKind> task_kind_from(std::string_view text) { return tasks.find(text); }
std::string_view to_string(RunOutcome outcome) { return outcomes.name(outcome); }
std::optional<RunOutcome> run_outcome_from(std::string_view text) { return outcomes.find(text); }
std::string_view to_string(RunStage stage) { return stages.name(stage); }
std::optional<RunStage> run_stage_from(std::string_view text) { return stages.find(text); }

}  // namespace certherald::model
