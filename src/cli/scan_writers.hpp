#pragma once

#include <memory>

#include "cli/scan_writer.hpp"

namespace certherald::cli {

// One a format; make_scan_writer() chooses. doc/cli.md says what each holds.
[[nodiscard]] std::unique_ptr<ScanWriter> make_text_writer(const WriterOptions& options);
[[nodiscard]] std::unique_ptr<ScanWriter> make_json_writer();
[[nodiscard]] std::unique_ptr<ScanWriter> make_testssl_writer();
[[nodiscard]] std::unique_ptr<ScanWriter> make_tlsx_writer();
[[nodiscard]] std::unique_ptr<ScanWriter> make_junit_writer(const WriterOptions& options);
[[nodiscard]] std::unique_ptr<ScanWriter> make_sarif_writer();
[[nodiscard]] std::unique_ptr<ScanWriter> make_nagios_writer(const WriterOptions& options);

}  // namespace certherald::cli
