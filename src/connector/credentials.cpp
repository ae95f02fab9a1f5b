#include "connector/credentials.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace certherald::connector {
namespace {

void conceal(std::string& text, const std::string& secret) {
  // Shorter ones stand in everyday words, and hiding those would tell the secret.
  constexpr std::size_t shortest = 4;
  constexpr std::string_view shown = "(hidden)";
  if (secret.size() < shortest) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + shown.size()))
    text.replace(at, secret.size(), shown);
}

}  // namespace

std::string basic_credentials(std::string_view user, std::string_view password) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string plain = fmt::format("{}:{}", user, password);
  std::string out = "Basic ";
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (i + j < plain.size() ? static_cast<std::uint8_t>(plain[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      const bool padding = i + j > plain.size();
      out += padding ? '=' : digits[group >> (18U - 6U * j) & 63U];
    }
  }
  return out;
}

model::Outcome without_secrets(model::Outcome outcome, const Credentials& credentials) {
  for (const std::string& secret : credentials.secrets) {
    for (std::string* text :
         {&outcome.message, &outcome.hint, &outcome.ticket.number, &outcome.ticket.status})
      conceal(*text, secret);
  }
  return outcome;
}

}  // namespace certherald::connector
