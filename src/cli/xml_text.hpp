#pragma once

#include <string>
#include <string_view>

namespace certherald::cli {

// Any bytes as XML 1.0 content or a quoted attribute: & < > " ' are escaped, line feeds and tabs written as
// references, ill-formed bytes become U+FFFD, and every other control character (C0, DEL, C1) and
// U+FFFE, U+FFFF, which XML cannot hold at all, are dropped.
[[nodiscard]] std::string xml_text(std::string_view bytes);

}  // namespace certherald::cli
