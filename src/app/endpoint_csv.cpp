#include "app/endpoint_csv.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "codec/csv.hpp"
#include "scan/starttls/protocols.hpp"

namespace certherald::app {
namespace {

constexpr std::array<std::string_view, 7> columns = {"host",     "port",  "sni", "address",
                                                     "starttls", "owner", "tags"};

std::string column_name(std::string_view text) { return lower_ascii(trim(text)); }

// Where each column stands.
using Places = std::map<std::string, std::size_t>;

Result<Places> places_of(const codec::CsvRecord& header) {
  Places places;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string name = column_name(header.fields[i]);
    if (std::ranges::find(columns, name) == columns.end()) {
      return with_hint(
          fail(ErrorKind::invalid_input, "there is no column '{}'", truncate(single_line(name), 40)),
          "columns are host, port, sni, address, starttls, owner and tags");
    }
    if (!places.emplace(name, i).second)
      return fail(ErrorKind::invalid_input, "the column '{}' is here twice", name);
  }
  if (!places.contains("host")) return fail(ErrorKind::invalid_input, "the column 'host' is missing");
  return places;
}

class Row {
 public:
  Row(const Places& places, const codec::CsvRecord& record) : places_(places), record_(record) {}

  [[nodiscard]] std::string_view text(std::string_view column) const {
    const auto at = places_.find(std::string(column));
    return at == places_.end() ? std::string_view() : trim(record_.fields.at(at->second));
  }

 private:
  const Places& places_;
  const codec::CsvRecord& record_;
};

Result<std::uint16_t> port_of(std::string_view text, std::uint16_t usual) {
  if (text.empty()) return usual;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    return fail(ErrorKind::invalid_input, "'{}' is no port from 1 to 65535", truncate(single_line(text), 20));
  return port;
}

std::vector<std::string> tags_of(std::string_view text) {
  std::vector<std::string> tags;
  for (const std::string_view word : split(text, ';')) {
    if (const std::string_view tag = trim(word); !tag.empty()) tags.emplace_back(tag);
  }
  std::ranges::sort(tags);
  tags.erase(std::ranges::unique(tags).begin(), tags.end());
  return tags;
}

Result<model::Endpoint> endpoint_of(const Row& row) {
  const std::string_view starttls = row.text("starttls");
  std::uint16_t usual = 443;
  if (!starttls.empty()) {
    const auto protocol = scan::starttls::need_protocol(starttls);
    if (!protocol) return fail(protocol.error());
    usual = (*protocol)->port;
  }
  const auto port = port_of(row.text("port"), usual);
  if (!port) return fail(port.error());
  std::optional<std::string> sni;
  if (const std::string_view text = row.text("sni"); !text.empty()) sni = text == "-" ? "" : text;
  auto key = model::make_endpoint_key(row.text("host"), *port, sni, row.text("address"), starttls);
  if (!key) return fail(key.error());
  return model::Endpoint{{}, std::move(*key), std::string(row.text("owner")), tags_of(row.text("tags"))};
}

}  // namespace

bool is_endpoint_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const auto header = codec::read_csv(text.substr(0, text.find('\n')));
  if (!header || header->empty()) return false;
  return std::ranges::any_of(header->front().fields,
                             [](const std::string& name) { return column_name(name) == "host"; });
}

Result<std::vector<model::Endpoint>> read_endpoint_csv(std::string_view text) {
  const auto records = codec::read_csv(text);
  if (!records) return fail(records.error());
  if (records->empty()) return fail(ErrorKind::invalid_input, "it is empty");
  const auto places = places_of(records->front());
  if (!places) return fail_in(fmt::format("line {}", records->front().line), places.error());
  std::vector<model::Endpoint> endpoints;
  std::map<model::EndpointKey, std::size_t> lines;
  for (std::size_t i = 1; i < records->size(); ++i) {
    const codec::CsvRecord& record = (*records)[i];
    auto endpoint = endpoint_of(Row(*places, record));
    if (!endpoint) return fail_in(fmt::format("line {}", record.line), endpoint.error());
    const auto [at, is_new] = lines.emplace(endpoint->key, record.line);
    if (!is_new) {
      return fail(ErrorKind::invalid_input, "line {}: {} stands in line {} already", record.line,
                  display_name(endpoint->key), at->second);
    }
    endpoints.push_back(std::move(*endpoint));
  }
  if (endpoints.empty()) return fail(ErrorKind::invalid_input, "it holds no endpoint");
  return endpoints;
}

}  // namespace certherald::app
