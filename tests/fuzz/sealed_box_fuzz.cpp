// Any text as a sealed secret and as a key file: never throws, opens nothing that was not sealed, and a key
// file that is read is written alike.

#include <cstdlib>

#include "base/text.hpp"
#include "codec/sealed_box.hpp"

using namespace certherald;

namespace {

constexpr std::string_view known = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
constexpr std::string_view words = "correct horse battery staple";  // what the corpus seals, or nothing

void open(const std::string& text, const std::vector<codec::SealKey>& keys) {
  const codec::SealPlace place{"6f9619ff-8b86-4011-b42d-00c04fc964ff", "desk.token"};
  const auto opened = codec::unseal({keys.front().id(), text}, place, keys);
  if (opened && !opened->empty() && *opened != words) std::abort();
  if (!opened && opened.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const std::string text(as_text(input));
  static const std::vector keys = {codec::SealKey::from_hex(known).value()};
  open(text, keys);
  open(to_hex(input), keys);
  if (const auto read = codec::read_key_lines(text)) {
    std::string written = codec::write_key_lines(*read);
    if (!text.ends_with('\n')) written.pop_back();
    if (read->empty() || written != lower_ascii(text)) std::abort();
  }
  return 0;
}
