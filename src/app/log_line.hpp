#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"

namespace certherald::app {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

enum class LogFormat : std::uint8_t {
  text,     // 2026-11-24T10:00:00Z info  delivered connection=desk ticket=INC1
  journal,  // the same without the time, behind the <N> of sd-daemon(3)
  json,     // {"time":"2026-11-24T10:00:00Z","level":"info","message":"delivered","connection":"desk",...}
};

// What a field may hold. A length of time is shown as "34ms" in text; JSON has the number of milliseconds
// under the field's name with "_ms" behind it.
class LogValue {
 public:
  using Held = std::variant<std::string, std::int64_t, std::uint64_t, bool, Millis>;

  LogValue(std::string text) : held_(std::move(text)) {}
  LogValue(std::string_view text) : held_(std::string(text)) {}
  LogValue(const char* text) : held_(std::string(text)) {}
  LogValue(bool value) : held_(value) {}
  LogValue(std::signed_integral auto value) : held_(std::int64_t{value}) {}
  LogValue(std::unsigned_integral auto value) : held_(std::uint64_t{value}) {}
  template <class Rep, class Period>
  LogValue(std::chrono::duration<Rep, Period> span) : held_(std::chrono::duration_cast<Millis>(span)) {}

  [[nodiscard]] const Held& held() const { return held_; }

 private:
  Held held_;
};

struct LogField {
  std::string_view name;  // of the program's own words; letters, digits, '_', '-', '.'
  LogValue value;
};

using LogFields = std::initializer_list<LogField>;

// One line without its end. Message and values may hold anything: ill-formed bytes, control characters and
// line ends are replaced (base/text.hpp single_line), what could pass for another field is quoted, and beyond
// 4,000 characters a text is cut, with an ellipsis. Always well-formed UTF-8.
[[nodiscard]] std::string log_line(LogFormat format, Instant now, LogLevel level, std::string_view message,
                                   LogFields fields);

}  // namespace certherald::app
