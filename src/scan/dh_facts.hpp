#pragma once

#include <cstdint>

#include "codec/tls/server_messages.hpp"
#include "scan/facts.hpp"

namespace certherald::scan {

// Notes the Diffie-Hellman group of one ServerKeyExchange and the hash of its public value. `keys` has a
// dh_bits. No more than 16 groups and 64 values of each are kept.
void note_dh_group(Facts& facts, const codec::tls::KeyParameters& keys, model::ProtocolVersion version,
                   std::uint32_t cipher);

}  // namespace certherald::scan
