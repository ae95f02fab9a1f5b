#include "scan/starttls/protocols.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"

namespace certherald::scan::starttls {
namespace {

constexpr std::array table = std::to_array<Protocol>({
    {"smtp", 25, smtp},
    {"lmtp", 24, lmtp},
    {"imap", 143, imap},
    {"pop3", 110, pop3},
    {"ftp", 21, ftp},
    {"ldap", 389, ldap},
    {"xmpp", 5222, xmpp},
    {"xmpp-server", 5269, xmpp_server},
    {"postgres", 5432, postgres},
    {"mysql", 3306, mysql},
    {"mssql", 1433, mssql},
    {"rdp", 3389, rdp},
    {"nntp", 119, nntp},
    {"sieve", 4190, sieve},
    {"irc", 6667, irc},
    {"telnet", 23, telnet},
});

}  // namespace

std::span<const Protocol> protocols() { return table; }

const Protocol* find_protocol(std::string_view name) {
  const auto* found = std::ranges::find(table, lower_ascii(name), &Protocol::name);
  return found == table.end() ? nullptr : found;
}

Result<const Protocol*> need_protocol(std::string_view name) {
  if (const Protocol* found = find_protocol(name)) return found;
  std::vector<std::string> names;
  names.reserve(table.size());
  for (const Protocol& protocol : table) names.emplace_back(protocol.name);
  return with_hint(fail(ErrorKind::invalid_input, "no STARTTLS is known for the protocol '{}'",
                        truncate(single_line(name), 40)),
                   fmt::format("there are {}", join(names, ", ")));
}

}  // namespace certherald::scan::starttls
