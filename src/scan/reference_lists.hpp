#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "codec/x509/ct_logs.hpp"
#include "codec/x509/distrusted.hpp"
#include "codec/x509/known_keys.hpp"
#include "model/certificate.hpp"

namespace certherald::scan {

// What the world knows of keys and authorities and no certificate says. Some of it is built in (data/lists,
// each with its date), all of it is replaced by files:
//   distrusted_cas.txt  codec::x509::parse_distrusted
//   known_keys.txt      codec::x509::KnownKeys::parse
//   ct_logs.json        codec::x509::parse_ct_logs; none is built in
//   intermediates.pem   certificates of authorities that servers forget to send; none is built in
struct ReferenceLists {
  std::vector<codec::x509::DistrustedAuthority> distrusted;
  codec::x509::KnownKeys known_keys;
  std::optional<codec::x509::CtLogList> ct_logs;
  std::vector<model::Certificate> intermediates;
};

// Those that are built in.
[[nodiscard]] const ReferenceLists& built_in_lists();

// The same with what the files of `folder` replace; "" for no folder. A file that is not there leaves the
// list that is built in; the error of one that cannot be read names it.
[[nodiscard]] Result<ReferenceLists> load_lists(const std::string& folder);

// The text of data/lists/<name>; "" where there is none.
[[nodiscard]] std::string_view built_in_list(std::string_view name);

}  // namespace certherald::scan
