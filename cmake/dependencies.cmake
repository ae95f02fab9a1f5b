# Everything comes from Debian packages; tools/setup installs them.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(CURL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CARES REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(SQLITE3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(ICAL REQUIRED IMPORTED_TARGET libical)
pkg_check_modules(GMP REQUIRED IMPORTED_TARGET gmp)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(TOMLPP REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE3 soci_sqlite3 REQUIRED)
find_library(SOCI_POSTGRESQL soci_postgresql REQUIRED)
if(CERTHERALD_TESTS)
  find_package(GTest REQUIRED)
endif()

# External libraries a module uses, beside the modules that src/layers.txt gives it.
set(certherald_libs_base fmt::fmt)
set(certherald_libs_model Boost::json)
set(certherald_libs_codec OpenSSL::Crypto PkgConfig::SODIUM PkgConfig::GMP
  Boost::json)
set(certherald_libs_net Boost::headers Boost::url CURL::libcurl PkgConfig::CARES Threads::Threads)
set(certherald_libs_schedule PkgConfig::ICAL)
set(certherald_libs_scan Boost::headers Boost::json)
set(certherald_libs_render Boost::json)
set(certherald_libs_connector Boost::json)
set(certherald_libs_store ${SOCI_CORE} ${SOCI_SQLITE3} ${SOCI_POSTGRESQL} PkgConfig::SQLITE3 PkgConfig::PQ
  Boost::json)
set(certherald_libs_app PkgConfig::TOMLPP PkgConfig::PROMETHEUS PkgConfig::SYSTEMD spdlog::spdlog
  Boost::json Boost::url)
set(certherald_libs_cli CLI11::CLI11 Boost::json)

# What only a module's tests use.
set(certherald_test_libs_net OpenSSL::SSL)
set(certherald_test_libs_scan OpenSSL::SSL)
