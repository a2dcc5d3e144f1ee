# Compiler flags, sanitizers, ccache and linker: everything about *how* we compile, in one place.

option(SYMPHONY_ASAN "Address and undefined-behaviour sanitizers" OFF)
option(SYMPHONY_TSAN "Thread sanitizer" OFF)
option(SYMPHONY_FUZZ "The libFuzzer programs, and nothing else to test (needs clang)" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# Lines, functions and files are what a crash report and a profiler need; types and variables of every header cost a
# third of the time to compile. Whoever steps through code has the preset "debug".
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")

add_library(symphony_warnings INTERFACE)
target_compile_options(symphony_warnings INTERFACE -Wall -Wextra -Wconversion -Werror)

if(SYMPHONY_ASAN)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()
if(SYMPHONY_TSAN)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()
if(SYMPHONY_FUZZ)
  # Everything is instrumented, so that the search sees which branches an input reaches; only the programs themselves are
  # linked with libFuzzer's main.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
endif()

# Code no object refers to is dropped at link time: an extension carries only the part of the bus it uses.
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)
