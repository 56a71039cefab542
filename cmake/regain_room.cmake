# One room of the house: a static library `regain_<name>` with an explicit file list,
# the project's warnings, and includes that start at the top of the tree ("drives/block_io.h").

set(REGAIN_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wformat=2 -Wimplicit-fallthrough
  -Werror)

function(regain_compile_options target)
  target_compile_options(${target} PRIVATE ${REGAIN_WARNINGS})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 and 14 warn falsely inside the standard library once it is inlined.
    target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized
      -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds -Wno-free-nonheap-object -Wno-missing-field-initializers)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
      target_compile_options(${target} PRIVATE -Wno-dangling-reference)
    endif()
  endif()
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${target} PRIVATE _FILE_OFFSET_BITS=64)
  if(REGAIN_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(REGAIN_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "clang-tidy;--warnings-as-errors=*;--extra-arg=-Wno-unknown-warning-option")
  endif()
endfunction()

# regain_room(NAME sources... LINK libraries...)
function(regain_room name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(regain_${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  regain_compile_options(regain_${name})
  target_include_directories(regain_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(regain_${name} PUBLIC ${ARG_LINK})
endfunction()

# regain_unit_test(NAME sources... LINK libraries...): a GoogleTest program whose tests ctest sees one by one
function(regain_unit_test name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  regain_compile_options(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    REGAIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    REGAIN_SHARED_FIXTURES="${PROJECT_SOURCE_DIR}/../shared/fixtures")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()
