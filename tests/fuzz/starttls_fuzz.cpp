// What a server says before TLS: the first byte chooses the protocol, the second how it is cut into reads.

#include <algorithm>
#include <cstdlib>

#include "scan/starttls/protocols.hpp"

using namespace certherald;
using namespace certherald::scan;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto known = starttls::protocols();
  const auto dialog = known[data[0] % known.size()].make(data[0] < 128 ? "name.example" : "");
  const std::size_t step = data[1] + 1U;
  ByteView rest(data + 2, size - 2);
  std::size_t heard = 0;
  std::size_t said = dialog->output().size();
  while (!dialog->ended() && !rest.empty()) {
    const ByteView part = rest.first(std::min(step, rest.size()));
    dialog->received(part);
    rest = rest.subspan(part.size());
    heard += part.size();
    said += dialog->output().size();
    if (dialog->awaited().empty()) std::abort();
  }
  if (!dialog->ended() && heard >= starttls::max_talk) std::abort();
  // No answer of ours is longer than three times what asked for it, beyond the fixed words.
  if (said > 1'000 + 3 * heard) std::abort();
  if (!dialog->ended()) return 0;
  const starttls::End end = *dialog->ended();
  if (end.detail.empty() != (end.kind == starttls::EndKind::ready)) std::abort();
  if (end.leftover > 0 && end.kind != starttls::EndKind::ready) std::abort();
  // What follows is TLS.
  if (const auto framing = dialog->framing()) {
    while (!rest.empty()) {
      const ByteView part = rest.first(std::min(step, rest.size()));
      if (framing->unwrap(part).size() > part.size() + 8) std::abort();
      rest = rest.subspan(part.size());
    }
  }
  return 0;
}
