#include "app/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"

namespace certherald::app {
namespace {

using testing::HasSubstr;
using testing::Not;

// An independent reader of the exposition format 0.0.4, which fails on what Prometheus would refuse.
struct Sample {
  std::map<std::string, std::string> labels;
  double value = 0;
};

struct Family {
  std::string help, type;
  std::map<std::string, std::vector<Sample>> samples;  // by the sample's name
};

using Exposition = std::map<std::string, Family>;

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// The value of a label up to its closing quote, which is taken off `line` with it.
std::string take_value(std::string_view& line) {
  std::string value;
  for (; !line.empty() && line.front() != '"'; line.remove_prefix(1)) {
    const bool escaped = line.front() == '\\';
    if (escaped) line.remove_prefix(1);
    if (escaped) EXPECT_NE(std::string_view("n\"\\").find(line.front()), std::string_view::npos);
    value += escaped && line.front() == 'n' ? '\n' : line.front();
  }
  line.remove_prefix(1);
  return value;
}

// {a="b",c="d"}: takes it off `line`.
std::map<std::string, std::string> take_labels(std::string_view& line) {
  std::map<std::string, std::string> labels;
  line.remove_prefix(1);
  while (!line.empty() && line.front() != '}') {
    const auto equals = line.find("=\"");
    const std::string name(line.substr(0, equals));
    EXPECT_TRUE(is_name(name)) << name;
    line.remove_prefix(equals + 2);
    const std::string value = take_value(line);
    if (line.front() == ',') line.remove_prefix(1);
    EXPECT_TRUE(labels.emplace(name, value).second) << name;
  }
  line.remove_prefix(1);
  return labels;
}

std::string family_of(const Exposition& all, const std::string& sample) {
  for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
    const std::string base = sample.substr(0, sample.size() - std::min(sample.size(), suffix.size()));
    if (sample.ends_with(suffix) && all.contains(base) && all.at(base).type == "histogram") return base;
  }
  return sample;
}

void read_comment(Exposition& all, std::string_view line) {
  const auto words = split(line, ' ');
  ASSERT_GE(words.size(), 4U) << line;
  Family& family = all[std::string(words[2])];
  std::string& into = words[1] == "HELP" ? family.help : family.type;
  EXPECT_TRUE(into.empty()) << "said twice: " << line;
  into = line.substr(words[0].size() + words[1].size() + words[2].size() + 3);
}

void read_sample(Exposition& all, std::string_view line) {
  const auto name_end = line.find_first_of("{ ");
  const std::string name(line.substr(0, name_end));
  line.remove_prefix(name_end);
  Sample sample;
  if (line.front() == '{') sample.labels = take_labels(line);
  char* end = nullptr;
  const std::string number(trim(line));
  sample.value = std::strtod(number.c_str(), &end);
  EXPECT_TRUE(!number.empty() && *end == '\0') << name << ": " << number;
  const std::string family = family_of(all, name);
  EXPECT_TRUE(all.contains(family)) << name << " before its TYPE";
  for (const Sample& other : all[family].samples[name]) EXPECT_NE(other.labels, sample.labels) << name;
  all[family].samples[name].push_back(std::move(sample));
}

Exposition parse(std::string_view text) {
  Exposition all;
  EXPECT_TRUE(text.ends_with('\n'));
  text.remove_suffix(1);
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("# ")) {
      read_comment(all, line);
    } else {
      read_sample(all, line);
    }
  }
  return all;
}

double value(const Exposition& all, const std::string& name,
             const std::map<std::string, std::string>& labels = {}) {
  const auto family = all.find(family_of(all, name));
  if (family == all.end() || !family->second.samples.contains(name)) return std::nan("");
  for (const Sample& sample : family->second.samples.at(name)) {
    if (sample.labels == labels) return sample.value;
  }
  return std::nan("");
}

constexpr Instant now{Seconds(1'795'514'400)};

MetricsSnapshot full_snapshot() {
  MetricsSnapshot snapshot;
  snapshot.findings = {{model::Severity::high, 3}};
  snapshot.certificates = 12;
  snapshot.endpoints = 20;
  snapshot.next_expiry = now + Seconds(86'400);
  snapshot.connections = {{"desk", {{model::DeliveryState::parked, 2}}, now - Seconds(90), true},
                          {"snow", {}, std::nullopt, false}};
  snapshot.last_success = {{model::TaskKind::vulnerability_scan, now - Seconds(10)}};
  snapshot.schedules = {{"nightly scan", now + Seconds(3'600)}};
  return snapshot;
}

DeliveryEvent event(DeliveryEvent::Kind kind, std::string connection = "desk") {
  return {kind, std::move(connection), {}, {}};
}

model::Run run(model::TaskKind task, model::RunOutcome outcome, Seconds took) {
  model::Run made;
  made.task = task;
  made.outcome = outcome;
  made.started_at = now;
  made.ended_at = now + took;
  return made;
}

Exposition busy() {
  Metrics metrics("1.2.3");
  metrics.scanned(model::ScanStatus::scanned, Millis(30));
  metrics.scanned(model::ScanStatus::scanned, Millis(70'000));
  metrics.scanned(model::ScanStatus::unreachable, Millis(5'000));
  for (const auto kind : {DeliveryEvent::Kind::sent, DeliveryEvent::Kind::sent, DeliveryEvent::Kind::adopted,
                          DeliveryEvent::Kind::parked, DeliveryEvent::Kind::delayed,
                          DeliveryEvent::Kind::circuit_opened, DeliveryEvent::Kind::store_failed}) {
    metrics.delivered(event(kind));
  }
  metrics.run_ended(run(model::TaskKind::expiry_notification, model::RunOutcome::succeeded, Seconds(20)));
  metrics.run_ended(run(model::TaskKind::expiry_notification, model::RunOutcome::failed, Seconds(-5)));
  metrics.run_ended(run(model::TaskKind::expiry_notification, model::RunOutcome::running, Seconds(5)));
  metrics.store_failed();
  return parse(metrics.text(full_snapshot(), ProcessStats{1.5, 10, 20, 3, 1795514000.25, 7, 1024}, now));
}

TEST(Metrics, Values) {
  struct Case {
    std::string name;
    std::map<std::string, std::string> labels;
    double value;
  };
  const Exposition all = busy();
  const std::string task = "expiry_notification";
  for (const auto& [name, labels, expected] : {
           Case{"certherald_build_info", {{"version", "1.2.3"}}, 1},
           Case{"certherald_addresses_scanned_total", {{"status", "scanned"}}, 2},
           Case{"certherald_addresses_scanned_total", {{"status", "unreachable"}}, 1},
           Case{"certherald_addresses_scanned_total", {{"status", "not_tls"}}, 0},
           Case{"certherald_scan_duration_seconds_count", {}, 3},
           Case{"certherald_scan_duration_seconds_sum", {}, 75.03},
           Case{"certherald_scan_duration_seconds_bucket", {{"le", "0.025"}}, 0},
           Case{"certherald_scan_duration_seconds_bucket", {{"le", "0.05"}}, 1},
           Case{"certherald_scan_duration_seconds_bucket", {{"le", "60"}}, 2},
           Case{"certherald_scan_duration_seconds_bucket", {{"le", "+Inf"}}, 3},
           Case{"certherald_findings", {{"severity", "high"}}, 3},
           Case{"certherald_findings", {{"severity", "critical"}}, 0},
           Case{"certherald_certificates", {}, 12},
           Case{"certherald_endpoints", {}, 20},
           Case{"certherald_certificate_next_expiry_timestamp_seconds", {}, 1'795'600'800},
           Case{"certherald_deliveries", {{"connection", "desk"}, {"state", "parked"}}, 2},
           Case{"certherald_deliveries", {{"connection", "snow"}, {"state", "pending"}}, 0},
           Case{"certherald_delivery_attempts_total", {{"connection", "desk"}, {"outcome", "sent"}}, 2},
           Case{"certherald_delivery_attempts_total", {{"connection", "desk"}, {"outcome", "adopted"}}, 1},
           Case{"certherald_delivery_attempts_total", {{"connection", "desk"}, {"outcome", "parked"}}, 1},
           Case{"certherald_delivery_attempts_total", {{"connection", "desk"}, {"outcome", "delayed"}}, 1},
           Case{"certherald_delivery_oldest_pending_age_seconds", {{"connection", "desk"}}, 90},
           Case{"certherald_delivery_oldest_pending_age_seconds", {{"connection", "snow"}}, 0},
           Case{"certherald_connection_circuit_open", {{"connection", "desk"}}, 1},
           Case{"certherald_connection_circuit_open", {{"connection", "snow"}}, 0},
           Case{"certherald_runs_total", {{"task", task}, {"outcome", "succeeded"}}, 1},
           Case{"certherald_runs_total", {{"task", task}, {"outcome", "failed"}}, 1},
           Case{"certherald_run_duration_seconds_count", {{"task", task}}, 2},
           Case{"certherald_run_duration_seconds_sum", {{"task", task}}, 20},
           Case{"certherald_run_last_success_timestamp_seconds",
                {{"task", "vulnerability_scan"}},
                1'795'514'390},
           Case{"certherald_schedule_next_timestamp_seconds", {{"schedule", "nightly scan"}}, 1'795'518'000},
           Case{"certherald_store_errors_total", {}, 2},
           Case{"process_cpu_seconds_total", {}, 1.5},
           Case{"process_resident_memory_bytes", {}, 10},
           Case{"process_virtual_memory_bytes", {}, 20},
           Case{"process_threads", {}, 3},
           Case{"process_start_time_seconds", {}, 1795514000.25},
           Case{"process_open_fds", {}, 7},
           Case{"process_max_fds", {}, 1024},
       }) {
    EXPECT_DOUBLE_EQ(value(all, name, labels), expected) << name;
  }
  EXPECT_EQ(all.at("certherald_runs_total").samples.at("certherald_runs_total").size(), 2U);
  EXPECT_EQ(
      all.at("certherald_delivery_attempts_total").samples.at("certherald_delivery_attempts_total").size(),
      4U);
}

void expect_known_labels(const Family& family) {
  const std::set<std::string> known = {"version", "status", "severity", "connection", "state",
                                       "outcome", "task",   "schedule", "le"};
  for (const auto& [name, samples] : family.samples) {
    for (const Sample& sample : samples) {
      for (const auto& [label, text] : sample.labels) EXPECT_TRUE(known.contains(label)) << name << label;
    }
  }
}

// https://prometheus.io/docs/practices/naming/
TEST(Metrics, NamesFollowTheConventions) {
  const Exposition all = busy();
  EXPECT_EQ(all.size(), 23U);
  for (const auto& [name, family] : all) {
    EXPECT_TRUE(is_name(name)) << name;
    EXPECT_TRUE(name.starts_with("certherald_") || name.starts_with("process_")) << name;
    EXPECT_TRUE(family.help.ends_with('.') && family.help.size() > 5) << name;
    EXPECT_EQ(name.ends_with("_total"), family.type == "counter") << name;
    EXPECT_TRUE(family.type != "histogram" || name.ends_with("_seconds")) << name;
    for (const std::string_view unit :
         {"_ms", "_milliseconds", "_minutes", "_kilobytes", "_percent", "_count"}) {
      EXPECT_FALSE(name.ends_with(unit)) << name;
    }
    expect_known_labels(family);
  }
}

TEST(Metrics, FreshAndEmptyLeavesOutWhatIsNotKnown) {
  const std::string text = Metrics("1").text({}, std::nullopt, now);
  const Exposition all = parse(text);
  EXPECT_EQ(value(all, "certherald_store_errors_total"), 0);
  EXPECT_EQ(value(all, "certherald_certificates"), 0);
  EXPECT_THAT(text, Not(HasSubstr("next_expiry")));
  EXPECT_THAT(text, Not(HasSubstr("process_")));
  for (const auto& [name, family] : all) EXPECT_FALSE(family.samples.empty()) << name;
}

TEST(Metrics, HostileNamesStayLabels) {
  for (const std::string name : {"a\"} 1\nforged 2", "back\\slash", "\xff\xfe", "\x1b[2J", ""}) {
    Metrics metrics("1");
    metrics.delivered(event(DeliveryEvent::Kind::sent, name));
    MetricsSnapshot snapshot;
    snapshot.connections = {{name, {}, std::nullopt, false}, {name, {}, std::nullopt, true}};
    snapshot.schedules = {{name, now}};
    const std::string text = metrics.text(snapshot, std::nullopt, now);
    EXPECT_TRUE(is_utf8(text));
    const Exposition all = parse(text);
    EXPECT_FALSE(all.contains("forged"));
    EXPECT_EQ(value(all, "certherald_connection_circuit_open", {{"connection", single_line(name)}}), 0);
    EXPECT_EQ(value(all, "certherald_delivery_attempts_total",
                    {{"connection", single_line(name)}, {"outcome", "sent"}}),
              1);
  }
}

TEST(Metrics, NamesAreBoundedInLengthAndNumber) {
  Metrics metrics("1");
  for (int i = 0; i < 1'000; ++i) {
    metrics.delivered(event(DeliveryEvent::Kind::sent, std::to_string(i) + std::string(1'000, 'x')));
  }
  metrics.delivered(event(DeliveryEvent::Kind::sent, "0" + std::string(1'000, 'x')));
  const std::string text = metrics.text({}, std::nullopt, now);
  const Exposition all = parse(text);
  EXPECT_EQ(all.at("certherald_delivery_attempts_total").samples.begin()->second.size(), 501U);
  EXPECT_EQ(value(all, "certherald_delivery_attempts_total", {{"connection", "other"}, {"outcome", "sent"}}),
            500);
  EXPECT_LT(text.size(), 150'000U);
}

}  // namespace
}  // namespace certherald::app
