#pragma once

#include <memory>
#include <string>

#include "scan/starttls/dialog.hpp"

namespace certherald::scan::starttls {

// One dialog for one connection. `server_name` is the name asked for, "" where there is none; only XMPP
// tells it to the server. The standards are named where the dialogs are.
using Factory = std::unique_ptr<Dialog> (*)(const std::string& server_name);

[[nodiscard]] std::unique_ptr<Dialog> smtp(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> lmtp(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> imap(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> pop3(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> ftp(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> nntp(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> sieve(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> irc(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> xmpp(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> xmpp_server(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> ldap(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> postgres(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> mysql(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> mssql(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> rdp(const std::string& server_name);
[[nodiscard]] std::unique_ptr<Dialog> telnet(const std::string& server_name);

}  // namespace certherald::scan::starttls
