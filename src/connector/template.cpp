#include "connector/template.hpp"

#include "base/text.hpp"

namespace certherald::connector {

std::string expand(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  for (;;) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) return out += text;
    out += text.substr(0, open);
    const auto at = values.find(std::string(trim(text.substr(open + 2, close - open - 2))));
    if (at != values.end()) out += at->second;
    text.remove_prefix(close + 2);
  }
}

}  // namespace certherald::connector
