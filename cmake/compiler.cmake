# One place for flags: the same set for every target, so that precompiled headers can be shared.
add_library(certherald_flags INTERFACE)
target_compile_options(certherald_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Wimplicit-fallthrough -Wswitch-enum -Werror=switch -Werror=return-type -Werror=unused-result
  -fno-omit-frame-pointer -fstack-protector-strong)
target_include_directories(certherald_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=lld)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now -Wl,--gc-sections)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CERTHERALD_SANITIZE)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)  # * of an optional without a value, an index out of bounds: abort
endif()
if(CERTHERALD_SANITIZE)
  add_compile_options(-fsanitize=${CERTHERALD_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CERTHERALD_SANITIZE})
endif()
if(CERTHERALD_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# ccache keeps hitting across build folders and clones: no absolute paths in objects.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_PCH_EXTSUM=1 CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CCACHE})
  add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
endif()
