# The house's own target functions: one place for warnings, include paths and test labels.

# crier_precompile(<target> <kind> [headers ...]): parses the standard library once for all targets
# of a kind, with what is named beside it. A kind has the same flags and the same headers. Half of a
# sanitized build is the reading of the same headers.
function(crier_precompile target kind)
    if(NOT CRIER_PRECOMPILE_HEADERS)
        return()
    endif()
    get_property(first GLOBAL PROPERTY crier_first_${kind})
    if(first)
        target_precompile_headers(${target} REUSE_FROM ${first})
        return()
    endif()
    set_property(GLOBAL PROPERTY crier_first_${kind} ${target})
    target_precompile_headers(${target} PRIVATE
        <algorithm> <array> <chrono> <cstdint> <deque> <functional> <map> <memory> <optional>
        <set> <string> <string_view> <unordered_map> <utility> <variant> <vector> ${ARGN})
endfunction()

# crier_options(<target>): C++20, the house warnings, the repository root as include path.
function(crier_options target)
    target_compile_features(${target} PUBLIC cxx_std_20)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wswitch -Wnon-virtual-dtor
        # g++ 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105651).
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
    if(CMAKE_UNITY_BUILD) # Then a type in a source file seems to be in a header.
        target_compile_options(${target} PRIVATE
            $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
    if(PROJECT_IS_TOP_LEVEL) # Warnings are errors for us, never for someone embedding us.
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()

# crier_unoptimized(<target>): in debug builds; for code that is done with before anyone notices.
# Optimizing takes up to half of the compilation where sanitizers are.
function(crier_unoptimized target)
    if(CMAKE_BUILD_TYPE STREQUAL "Debug")
        target_compile_options(${target} PRIVATE -O0)
    endif()
endfunction()

# crier_clashing(<target> <APART or IN_PARTS>): names of its source files clash where they are compiled
# as one, in unity builds. APART: each alone. IN_PARTS: a few at a time, as they are listed.
function(crier_clashing target how)
    if(how STREQUAL "APART")
        set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
    else()
        set_target_properties(${target} PROPERTIES UNITY_BUILD_BATCH_SIZE 6)
    endif()
endfunction()

# crier_library(<name> SOURCES ... [LINK ...] [PRIVATE_LINK ...] [FOR_PEOPLE] [APART] [IN_PARTS])
# One static library crier_<name>, alias crier::<name>. FOR_PEOPLE: it reads options, prints, shows.
# APART, IN_PARTS: see crier_clashing().
function(crier_library name)
    cmake_parse_arguments(ARG "FOR_PEOPLE;APART;IN_PARTS" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    set(target crier_${name})
    add_library(${target} STATIC ${ARG_SOURCES})
    add_library(crier::${name} ALIAS ${target})
    target_link_libraries(${target} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
    crier_options(${target})
    set(kind library)
    if(ARG_FOR_PEOPLE)
        crier_unoptimized(${target})
        set(kind library_for_people)
    endif()
    crier_precompile(${target} ${kind})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    if(ARG_APART)
        crier_clashing(${target} APART)
    elseif(ARG_IN_PARTS)
        crier_clashing(${target} IN_PARTS)
    endif()
endfunction()

# crier_program(<name> SOURCES ... LINK ...): one executable, all of them in build/<preset>/bin.
function(crier_program name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
    crier_options(${name})
    crier_unoptimized(${name})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# crier_test(<name> LABEL <layer> SOURCES ... LINK ... [TIMEOUT seconds] [THREADS]
#     [SERIAL [BESIDE filter]] [APART] [IN_PARTS])
# One GoogleTest program; each of its tests is known to CTest by its own name. THREADS: several
# threads meet in it and all of its code is instrumented, so that the thread sanitizer's build runs
# it too. That build knows no other tests. SERIAL: alone, but for those that the filter of GoogleTest
# names. APART, IN_PARTS: as above.
function(crier_test name)
    cmake_parse_arguments(ARG "THREADS;SERIAL;APART;IN_PARTS" "LABEL;TIMEOUT;BESIDE" "SOURCES;LINK"
        ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 60)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest_main)
    crier_options(${name})
    # What a test itself does is done once; the simulation's nodes run a thousand times.
    if(NOT ARG_LABEL STREQUAL "sim")
        crier_unoptimized(${name})
    endif()
    # Each test is a process of its own, and much of its time is the start of the sanitizers, which
    # is shorter where they are linked statically.
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=address")
        target_link_options(${name} PRIVATE -static-libasan -static-libubsan)
    endif()
    # Nor is the test itself what is tested: looking for undefined behaviour in it takes another
    # third. What it is linked with looks for its own.
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=[a-z,]*undefined")
        target_compile_options(${name} PRIVATE -fno-sanitize=undefined)
    endif()
    if(ARG_APART)
        crier_clashing(${name} APART)
    elseif(ARG_IN_PARTS)
        crier_clashing(${name} IN_PARTS)
    endif()
    set(kind test)
    if(ARG_LABEL STREQUAL "sim")
        set(kind simulation)
    endif()
    crier_precompile(${name} ${kind} <gtest/gtest.h>)
    set(prefix "")
    if(CRIER_THREAD_SANITIZER)
        if(NOT ARG_THREADS)
            set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL ON)
            return()
        endif()
        set(prefix "ThreadSanitizer.")
        add_dependencies(thread_tests ${name})
        set_target_properties(${name} PROPERTIES
            CROSSCOMPILING_EMULATOR "${CRIER_THREAD_SANITIZER_RUNNER}")
    endif()
    # SERIAL: with other programs' deadlines, which a busy machine would miss; but for those that
    # the filter BESIDE names.
    set(how DISCOVERY_TIMEOUT 60 TEST_PREFIX "${prefix}")
    set(properties PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
    if(ARG_BESIDE)
        gtest_discover_tests(${name} ${how} TEST_FILTER "${ARG_BESIDE}" ${properties})
        set(how ${how} TEST_FILTER "-${ARG_BESIDE}")
    endif()
    gtest_discover_tests(${name} ${how} ${properties} RUN_SERIAL ${ARG_SERIAL})
endfunction()
