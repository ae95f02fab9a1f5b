#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certherald::scan {

// The head of an answer of HTTP/1.x (RFC 9112 sections 4 and 5).
struct HttpAnswer {
  int status = 0;  // 100 to 999
  struct Field {
    std::string name;   // lower case
    std::string value;  // without white space around it
  };
  std::vector<Field> fields;  // at most 128

  // The first of that name, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view name) const;
};

enum class HttpReading : std::uint8_t { more, whole, foreign };

struct HttpRead {
  HttpReading reading = HttpReading::more;
  HttpAnswer answer;  // of `whole`
};

// What the first bytes of an answer are: a whole head, the beginning of one, or something else, which a head
// of more than 64 KB is too. An answer of 1xx is passed over.
[[nodiscard]] HttpRead read_http_answer(std::string_view bytes);

// Strict-Transport-Security (RFC 6797 section 6.1): seconds of max-age; nothing where that is missing, there
// twice, or no number.
[[nodiscard]] std::optional<std::uint64_t> hsts_max_age(std::string_view value);

}  // namespace certherald::scan
