#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace certherald {

// Overwrites a secret that is no longer needed; no compiler leaves it out.
void wipe(std::span<std::uint8_t> bytes);
// With all the room that the text has; it is empty then.
void wipe(std::string& text);

// Wipes a text when its block is left, whatever way.
class WipedAtEnd final {
 public:
  explicit WipedAtEnd(std::string& text) : text_(text) {}
  ~WipedAtEnd() { wipe(text_); }
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;

 private:
  std::string& text_;
};

}  // namespace certherald
