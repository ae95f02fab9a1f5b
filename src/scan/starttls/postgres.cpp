// The SSLRequest of PostgreSQL (documentation, section 55.2.10): one letter answers it.

#include <array>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

class PostgresDialog final : public Dialog {
 public:
  PostgresDialog() {
    constexpr std::uint32_t ssl_request = 80877103;
    ByteWriter out;
    say(out.u32(8).u32(ssl_request).view());
  }

  [[nodiscard]] std::string_view awaited() const override { return "the answer to an SSLRequest"; }

 private:
  std::size_t read(ByteView input) override {
    switch (input[0]) {
      case 'S':
        end(EndKind::ready);
        return 1;
      case 'N':
        end(EndKind::refused, "the server refused TLS: it answered N, which says that it has none");
        return 1;
      case 'E':
        end(EndKind::unavailable, "the server answered the request for TLS with an error");
        return 1;
      default:
        end(EndKind::foreign, fmt::format("does not speak PostgreSQL ({})", quote(as_text(input))));
        return 1;
    }
  }
};

}  // namespace

std::unique_ptr<Dialog> postgres(const std::string& /*server_name*/) {
  return std::make_unique<PostgresDialog>();
}

}  // namespace certherald::scan::starttls
