# One static library per module: hn_module(store LIBS hn_base hn_os PRIVATE hn::sqlite)
#
# A module folder holds its sources, its tests (*_test.cc), benchmarks
# (*_bench.cc) and test helpers (testing.h, *_testing.cc). Everything with
# _test becomes the one test program of the module, run as one CTest.
#
# The presets of `make test` and `make run` compile eight files of a module as
# one (CMAKE_UNITY_BUILD), which takes less than half the time, so names in
# anonymous namespaces are unique within a module; where files had better use the
# same ones, APART names those that are compiled one by one. `dev` always does.
function(hn_module name)
  cmake_parse_arguments(M "" "" "LIBS;PRIVATE;TEST_LIBS;SUBDIRS;APART" ${ARGN})
  set(patterns *.cc impl/*.cc)
  set(test_patterns *_test.cc impl/*_test.cc)
  foreach(dir ${M_SUBDIRS})
    list(APPEND patterns ${dir}/*.cc)
    list(APPEND test_patterns ${dir}/*_test.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  file(GLOB tests CONFIGURE_DEPENDS ${test_patterns})
  list(FILTER sources EXCLUDE REGEX "_(test|bench|testing)\\.cc$")
  file(GLOB helpers CONFIGURE_DEPENDS *_testing.cc testing.cc)
  list(FILTER sources EXCLUDE REGEX "/testing\\.cc$")

  add_library(hn_${name} STATIC ${sources})
  target_link_libraries(hn_${name} PUBLIC hn_flags ${M_LIBS} PRIVATE ${M_PRIVATE})

  if(helpers)
    add_library(hn_${name}_testing STATIC EXCLUDE_FROM_ALL ${helpers})
    target_link_libraries(hn_${name}_testing PUBLIC hn_${name})
  endif()
  if(HN_TESTS AND tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE hn_${name} hn_test_main ${M_PRIVATE} ${M_TEST_LIBS})
    if(helpers)
      target_link_libraries(${name}_test PRIVATE hn_${name}_testing)
    endif()
    target_compile_definitions(${name}_test PRIVATE HN_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                               HN_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 600)
  endif()
  if(M_APART)
    set_source_files_properties(${M_APART} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

if(HN_TESTS)
  find_package(GTest REQUIRED)
  add_library(hn_test_main INTERFACE)
  target_link_libraries(hn_test_main INTERFACE GTest::gmock GTest::gtest GTest::gtest_main)
else()
  # Test helpers are declared but not built, and GoogleTest need not be there.
  foreach(target GTest::gtest GTest::gmock)
    add_library(${target} INTERFACE IMPORTED)
  endforeach()
endif()
