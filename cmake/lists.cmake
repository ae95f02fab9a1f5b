# Builds data/lists into the program: what the world outside knows of keys and authorities, as of a date.
function(certherald_embed_lists target)
  certherald_rows_of_files(rows ${CMAKE_SOURCE_DIR}/data/lists *.txt NAME
    "  if (name == \"" "\") return R\"list(" ")list\";\n")
  set(text "// Made from data/lists.\n#include \"scan/reference_lists.hpp\"\n\nnamespace certherald::scan {\n")
  string(APPEND text "std::string_view built_in_list(std::string_view name) {\n${rows}  return {};\n}\n")
  string(APPEND text "}  // namespace certherald::scan\n")
  certherald_add_generated(${target} lists_table.cpp "${text}")
endfunction()
