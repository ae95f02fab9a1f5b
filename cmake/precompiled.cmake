# Two precompiled headers: plain modules share `std`, modules that touch the network share `asio`.
# They hold system headers only, so ccache may identify them by the sum written here instead of by
# their content, which holds absolute paths; that keeps a warm cache warm in another clone.
function(certherald_precompiled name header)
  set(source ${CMAKE_BINARY_DIR}/pch_${name}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Carries the shared precompiled header.\n")
  add_library(pch_${name} STATIC ${source})
  target_link_libraries(pch_${name} PUBLIC certherald_flags fmt::fmt ${ARGN})
  target_precompile_headers(pch_${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${header})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(pch_${name} PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
  endif()
  file(READ ${CMAKE_SOURCE_DIR}/cmake/${header} text)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  get_directory_property(options COMPILE_OPTIONS)
  list(FILTER options EXCLUDE REGEX "file-prefix-map")
  string(SHA256 sum "${text};${CMAKE_CXX_COMPILER_VERSION};${CMAKE_CXX_FLAGS};${CMAKE_CXX_FLAGS_${type}};${options};${Boost_VERSION};${fmt_VERSION};${OPENSSL_VERSION}")
  file(WRITE ${CMAKE_BINARY_DIR}/CMakeFiles/pch_${name}.dir/cmake_pch.hxx.pch.sum "${sum}")
endfunction()

certherald_precompiled(std pch_std.hpp)
certherald_precompiled(asio pch_asio.hpp Boost::headers)
set(certherald_asio_modules net scan connector app cli)
