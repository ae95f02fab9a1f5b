#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/enum_names.hpp"
#include "cli/context.hpp"
#include "model/observation.hpp"
#include "model/policy.hpp"
#include "model/verdict.hpp"

namespace certherald::cli {

enum class ScanFormat : std::uint8_t { text, json, testssl, tlsx, junit, sarif, nagios };

inline constexpr EnumNames<ScanFormat, 7> scan_formats = {
    {"text", "json", "testssl", "tlsx", "junit", "sarif", "nagios"}};

enum class ScanEnd : std::uint8_t { complete, cancelled };

struct WriterOptions {
  Colours colours = Colours::off;
  std::uint64_t targets = 1;  // how many were asked for
  model::Severity fail_on = model::Severity::high;
  model::Within within = Duration{30, DurationUnit::day};
};

// Writes the observations of one scan in one format: begin, add for each, end. What it returns, put together,
// is a valid document however few observations there were and however early the scan ended; each part can be
// printed at once. Valid for any text that a server may send.
class ScanWriter {
 public:
  ScanWriter() = default;
  ScanWriter(const ScanWriter&) = delete;
  ScanWriter& operator=(const ScanWriter&) = delete;
  virtual ~ScanWriter() = default;

  [[nodiscard]] virtual std::string begin() { return {}; }
  [[nodiscard]] virtual std::string add(const model::Observation& observation) = 0;
  [[nodiscard]] virtual std::string end(ScanEnd end) = 0;
  // The exit code that the format's readers expect in place of ours; asked after end().
  [[nodiscard]] virtual std::optional<int> exit_code() const { return std::nullopt; }
};

[[nodiscard]] std::unique_ptr<ScanWriter> make_scan_writer(ScanFormat format, const WriterOptions& options);

}  // namespace certherald::cli
