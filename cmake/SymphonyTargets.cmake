# The build tree has the shape of the installed tree (bin/, lib/symphony/, share/symphony/), so the
# program finds its parts relative to itself in both and nothing is special-cased for developers.
set(SYMPHONY_STAGE_BIN ${PROJECT_BINARY_DIR}/bin)
set(SYMPHONY_STAGE_LIB ${PROJECT_BINARY_DIR}/lib/symphony)
set(SYMPHONY_STAGE_PYTHON ${PROJECT_BINARY_DIR}/lib/symphony/python)
set(SYMPHONY_STAGE_SHARE ${PROJECT_BINARY_DIR}/share/symphony)
set(SYMPHONY_INSTALL_LIB lib/symphony)
set(SYMPHONY_INSTALL_SHARE share/symphony)

# symphony_layer(<target> SOURCES ... MAY_USE ... [PRIVATE_USE ...])
# A layer is one static library with its public headers under <dir>/include. MAY_USE is the layer's row in the
# "may use" table of docs/architecture.md: what is not linked cannot be included.
function(symphony_layer target)
  cmake_parse_arguments(ARG "" "" "SOURCES;MAY_USE;PRIVATE_USE" ${ARGN})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${ARG_MAY_USE} PRIVATE symphony_warnings ${ARG_PRIVATE_USE})
endfunction()

# symphony_gtest(<name> SOURCES ... USES ... [LABELS ...])
function(symphony_gtest name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LABELS" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  # What is tested is optimized as shipped; the test around it runs once and is compiled for that.
  target_compile_options(${name} PRIVATE -O0)
  target_link_libraries(${name} PRIVATE ${ARG_USES} symphony_warnings GTest::gtest GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS "${ARG_LABELS}")
endfunction()
