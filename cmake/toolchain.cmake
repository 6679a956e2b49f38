# Compiler flags, cache and linker, the same for every preset.

add_library(hn_flags INTERFACE)
target_compile_options(hn_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion -Wno-missing-field-initializers -Werror
                       -fno-omit-frame-pointer)
target_include_directories(hn_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # g++ 12's <algorithm> calls what it deprecates itself.
  target_compile_options(hn_flags INTERFACE -Wno-deprecated-declarations -Wthread-safety)
endif()

if(HN_SANITIZE)
  add_compile_options(-fsanitize=${HN_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HN_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Its flow analysis gives false alarms in instrumented code. The checks left out are a third
    # of the time that compiling takes: null pointers AddressSanitizer reports, too, and the rest
    # is on where parsers of outside bytes are fuzzed (clang).
    add_compile_options(-Wno-maybe-uninitialized -fno-sanitize=null,alignment,object-size,vptr)
  endif()
  if(HN_SANITIZE MATCHES thread)
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    add_compile_options(-Wno-tsan)
  endif()
endif()

if(HN_FUZZERS)
  # Coverage in the modules too: it is what libFuzzer steers by.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

# hn_pkg(NAME pc-name): an imported target hn::NAME for a pkg-config library.
function(hn_pkg name)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${ARGN})
  add_library(hn::${name} ALIAS PkgConfig::${name})
endfunction()
hn_pkg(sodium libsodium)
hn_pkg(yaml yaml-0.1)
hn_pkg(cmark libcmark)
hn_pkg(sqlite sqlite3)
hn_pkg(pq libpq)
hn_pkg(curl libcurl)
hn_pkg(openssl openssl)
hn_pkg(re2 re2)
hn_pkg(zlib zlib)
hn_pkg(deflate libdeflate)
hn_pkg(zstd libzstd)
hn_pkg(xxhash libxxhash)
add_library(hn_snappy INTERFACE)
target_link_libraries(hn_snappy INTERFACE snappy)
add_library(hn::snappy ALIAS hn_snappy)
# Debian keeps 1.81 beside its default 1.74: the headers share one path, and
# installing libboost1.81-dev alone gives that version.
find_package(Boost 1.81 REQUIRED COMPONENTS json)
