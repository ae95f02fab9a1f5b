#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "app/metrics.hpp"

namespace certherald::app {

// A user's name as a label's value: well-formed UTF-8 on one line, 100 characters at most.
[[nodiscard]] std::string label_text(std::string_view name);

// Appends one family for each metric that the snapshot answers; one without a value is left out.
void add_gauges(std::vector<prometheus::MetricFamily>& families, const MetricsSnapshot& snapshot,
                Instant now);

// The names that Prometheus' own client libraries use for any process.
void add_process(std::vector<prometheus::MetricFamily>& families, const ProcessStats& stats);

}  // namespace certherald::app
