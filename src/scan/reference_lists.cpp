#include "scan/reference_lists.hpp"

#include <filesystem>

#include "base/file.hpp"
#include "codec/keystore.hpp"

namespace certherald::scan {
namespace {

constexpr std::size_t max_list = std::size_t{256} * 1024 * 1024;

// What stands in the folder, else what is built in, as `parse` understands it; nothing for neither.
template <class Parse>
auto read_list(const std::string& folder, std::string_view name, const Parse& parse)
    -> Result<std::optional<typename std::invoke_result_t<Parse, std::string_view>::value_type>> {
  const std::string file = folder.empty() ? std::string() : folder + "/" + std::string(name);
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(file, error)) {
    const std::string_view text = built_in_list(name);
    if (text.empty()) return std::nullopt;
    auto list = parse(text);
    if (!list) return fail_in(name, list.error());
    return std::move(*list);
  }
  const auto text = read_file(file, max_list);
  if (!text) return fail(text.error());
  auto list = parse(std::string_view(*text));
  if (!list) return fail_in(file, list.error());
  return std::move(*list);
}

Result<std::vector<model::Certificate>> parse_intermediates(std::string_view text) {
  auto store = codec::read_keystore(as_bytes(text));
  if (!store) return fail(store.error());
  return std::move(store->certificates);
}

}  // namespace

Result<ReferenceLists> load_lists(const std::string& folder) {
  std::error_code error;
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    return with_hint(fail(ErrorKind::not_found, "{}: not a folder", folder), "name a folder of lists");
  }
  ReferenceLists out;
  auto distrusted = read_list(folder, "distrusted_cas.txt", codec::x509::parse_distrusted);
  if (!distrusted) return fail(distrusted.error());
  auto keys = read_list(folder, "known_keys.txt", codec::x509::KnownKeys::parse);
  if (!keys) return fail(keys.error());
  auto logs = read_list(folder, "ct_logs.json", codec::x509::parse_ct_logs);
  if (!logs) return fail(logs.error());
  auto intermediates = read_list(folder, "intermediates.pem", parse_intermediates);
  if (!intermediates) return fail(intermediates.error());
  if (*distrusted) out.distrusted = std::move(**distrusted);
  if (*keys) out.known_keys = std::move(**keys);
  out.ct_logs = std::move(*logs);
  if (*intermediates) out.intermediates = std::move(**intermediates);
  return out;
}

const ReferenceLists& built_in_lists() {
  static const ReferenceLists lists = load_lists("").value_or(ReferenceLists{});
  return lists;
}

}  // namespace certherald::scan
