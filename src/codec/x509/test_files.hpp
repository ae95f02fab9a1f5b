#pragma once

// For tests: the files that tests/data/make_certs.py made.

#include <gtest/gtest.h>

#include <string>

#include "base/file.hpp"
#include "codec/x509/certificate.hpp"

namespace certherald::codec {

inline std::string test_file(const std::string& path) {
  auto text =
      read_file(std::string(CERTHERALD_SOURCE_DIR) + "/tests/data/" + path, std::size_t{32} * 1024 * 1024);
  if (!text) ADD_FAILURE() << describe(text.error());
  return text.value_or("");
}

// "leaf" is tests/data/certs/leaf.der.
inline model::Certificate test_certificate(const std::string& name) {
  auto certificate = x509::parse_certificate(as_bytes(test_file("certs/" + name + ".der")));
  if (!certificate) ADD_FAILURE() << name << ": " << describe(certificate.error());
  return certificate.value_or(model::Certificate{});
}

}  // namespace certherald::codec
