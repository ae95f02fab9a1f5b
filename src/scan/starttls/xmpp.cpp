// XMPP of clients and of servers (RFC 6120 sections 4.2 and 5.4). Tags are looked at, one after the other;
// what stands between them is not.

#include <optional>

#include <fmt/format.h>

#include "scan/starttls/dialogs.hpp"

namespace certherald::scan::starttls {
namespace {

// One tag: "<prefix:name ...>", "</name>", "<name/>", "<?xml ... ?>".
struct Tag {
  std::string_view name;  // without prefix
  bool closes = false;    // </name>
  bool empty = false;     // <name/>
};

// Where the tag at the front of `text` ends, behind its '>'; nothing where it is cut off.
std::optional<std::size_t> end_of_tag(std::string_view text) {
  char quotation = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quotation != 0) {
      if (c == quotation) quotation = 0;
    } else if (c == '"' || c == '\'') {
      quotation = c;
    } else if (c == '>') {
      return i + 1;
    }
  }
  return std::nullopt;
}

Tag tag_of(std::string_view text) {
  Tag tag;
  text = text.substr(1, text.size() - 2);
  tag.closes = text.starts_with('/');
  if (tag.closes) text.remove_prefix(1);
  tag.empty = text.ends_with('/');
  if (tag.empty) text.remove_suffix(1);
  text = text.substr(0, text.find_first_of(" \t\r\n"));
  tag.name = text.substr(text.find(':') == std::string_view::npos ? 0 : text.find(':') + 1);
  return tag;
}

class XmppDialog final : public Dialog {
 public:
  XmppDialog(const std::string& server_name, std::string_view space) {
    // An address is no name of a domain: none is asked for then.
    const std::string to = server_name.empty() ? "" : fmt::format(" to='{}'", server_name);
    say(
        fmt::format("<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "
                    "xmlns='{}'{} version='1.0'>",
                    space, to));
  }

  [[nodiscard]] std::string_view awaited() const override {
    return asked_ ? "the answer to starttls" : "the features of the stream";
  }

 private:
  std::size_t read(ByteView input) override {
    const std::string_view text = as_text(input);
    const auto open = text.find('<');
    if (!in_stream_ && text.find_first_not_of(" \t\r\n") < open) {
      foreign(text);
      return 0;
    }
    if (open == std::string_view::npos) return text.size();
    if (open > 0) return open;
    const auto size = end_of_tag(text);
    if (!size) return 0;
    const std::string_view whole = text.substr(0, *size);
    if (!whole.starts_with("<?") && !whole.starts_with("<!--")) take(tag_of(whole), whole);
    return *size;
  }

  void take(const Tag& tag, std::string_view whole) {
    if (failed_) {
      end(EndKind::refused, fmt::format("the server refused STARTTLS: {}", quote(tag.name)));
    } else if (!in_stream_) {
      in_stream_ = tag.name == "stream" && !tag.closes;
      if (!in_stream_) foreign(whole);
    } else if (tag.name == "error" || tag.name == "failure") {
      if (tag.closes || tag.empty) end(EndKind::refused, "the server refused STARTTLS: it says no more");
      failed_ = true;  // the next tag names the condition
    } else if (tag.name == "stream") {
      end(EndKind::refused, "the server ended the stream instead of beginning TLS");
    } else if (asked_) {
      if (tag.name == "proceed" && (tag.closes || tag.empty)) end(EndKind::ready);
    } else if (tag.name == "starttls") {
      offered_ = true;
    } else if (tag.name == "features" && (tag.closes || tag.empty)) {
      ask();
    }
  }

  void ask() {
    if (!offered_) {
      end(EndKind::refused, "the server does not offer STARTTLS");
      return;
    }
    asked_ = true;
    say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  }

  void foreign(std::string_view said) {
    end(EndKind::foreign, fmt::format("does not speak XMPP ({})", quote(said)));
  }

  bool in_stream_ = false;
  bool offered_ = false;
  bool asked_ = false;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Dialog> xmpp(const std::string& server_name) {
  return std::make_unique<XmppDialog>(server_name, "jabber:client");
}

std::unique_ptr<Dialog> xmpp_server(const std::string& server_name) {
  return std::make_unique<XmppDialog>(server_name, "jabber:server");
}

}  // namespace certherald::scan::starttls
