// Lines of a backup: never throws, and takes nothing whose sum is not right.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "app/backup_format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  certherald::app::BackupParser parser;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (!parser.take(text.substr(0, end))) return 0;
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  (void)parser.complete().has_value();
  return 0;
}
