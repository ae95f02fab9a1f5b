#include "codec/x509/hostname.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "model/endpoint.hpp"

namespace certherald::codec::x509 {
namespace {

bool same_name(std::string_view a, std::string_view b) { return lower_ascii(a) == lower_ascii(b); }

bool has_empty_label(std::string_view name) {
  return std::ranges::any_of(split(name, '.'), [](std::string_view label) { return label.empty(); });
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view host) {
  if (has_empty_label(pattern) || has_empty_label(host)) return false;
  const bool wildcard = pattern.starts_with("*.");
  const std::string_view fixed = wildcard ? pattern.substr(2) : pattern;
  if (fixed.find('*') != std::string_view::npos) return false;
  if (!wildcard) return same_name(pattern, host);
  if (fixed.find('.') == std::string_view::npos) return false;  // "*.com" would name a whole registry
  const auto dot = host.find('.');
  return dot != std::string_view::npos && same_name(fixed, host.substr(dot + 1));
}

bool names_host(const model::Certificate& certificate, std::string_view host) {
  if (model::is_ip_address(host)) {
    const auto canonical = model::normalize_host(host);
    return canonical &&
           std::ranges::find(certificate.ip_addresses, *canonical) != certificate.ip_addresses.end();
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  return std::ranges::any_of(certificate.dns_names,
                             [host](const std::string& name) { return name_matches(name, host); });
}

}  // namespace certherald::codec::x509
