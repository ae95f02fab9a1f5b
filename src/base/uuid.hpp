#pragma once

#include <string>

#include "base/random.hpp"

namespace certherald {

// A random UUID (RFC 9562 section 5.4, version 4), lower case with hyphens.
[[nodiscard]] std::string make_uuid(Random& random);

}  // namespace certherald
