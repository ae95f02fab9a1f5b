#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace certherald {

[[nodiscard]] std::string lower_ascii(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);  // ASCII white space at both ends
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);  // "" gives {""}
[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

// Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text);

// Any bytes as UTF-8: what is not well-formed becomes U+FFFD.
[[nodiscard]] std::string to_utf8(std::string_view bytes);

// One line that is safe on a terminal and in a mail header: ill-formed bytes, control characters (C0,
// C1, DEL), line and paragraph separators and bidirectional overrides become U+FFFD or a space.
[[nodiscard]] std::string single_line(std::string_view text);

// The first `limit` code points of well-formed UTF-8; an ellipsis replaces the last one where it was cut.
[[nodiscard]] std::string truncate(std::string_view text, std::size_t limit);

// Text for HTML element content and quoted attributes: & < > " ' are escaped.
[[nodiscard]] std::string html_escape(std::string_view text);

}  // namespace certherald
