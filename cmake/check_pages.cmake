# Builds doc/checks into the program, so that `certherald explain` and the documentation are one text.
function(certherald_embed_check_pages target)
  certherald_rows_of_files(rows ${CMAKE_SOURCE_DIR}/doc/checks *.md NAME_WE
    "    CheckPage{\"" "\", R\"page(" ")page\"},\n")
  set(text "// Made from doc/checks.\n#include <array>\n\n#include \"cli/check_pages.hpp\"\n\nnamespace certherald::cli {\n")
  string(APPEND text "namespace {\nconstexpr auto pages = std::to_array<CheckPage>({\n${rows}});\n}  // namespace\n")
  string(APPEND text "std::span<const CheckPage> check_pages() { return pages; }\n}  // namespace certherald::cli\n")
  certherald_add_generated(${target} check_pages_table.cpp "${text}")
endfunction()
