#include "cli/scan_writer.hpp"

#include "cli/scan_output.hpp"
#include "cli/scan_writers.hpp"

namespace certherald::cli {
namespace {

class JsonWriter final : public ScanWriter {
 public:
  std::string add(const model::Observation& observation) override { return scan_json(observation); }
  std::string end(ScanEnd /*end*/) override { return {}; }
};

}  // namespace

std::unique_ptr<ScanWriter> make_json_writer() { return std::make_unique<JsonWriter>(); }

std::unique_ptr<ScanWriter> make_scan_writer(ScanFormat format, const WriterOptions& options) {
  switch (format) {
    case ScanFormat::text:
      return make_text_writer(options);
    case ScanFormat::json:
      return make_json_writer();
    case ScanFormat::testssl:
      return make_testssl_writer();
    case ScanFormat::tlsx:
      return make_tlsx_writer();
    case ScanFormat::junit:
      return make_junit_writer(options);
    case ScanFormat::sarif:
      return make_sarif_writer();
    case ScanFormat::nagios:
      return make_nagios_writer(options);
  }
  return make_text_writer(options);
}

}  // namespace certherald::cli
