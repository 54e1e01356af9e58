# One static library for each room. A room's headers are reached as "room/header.h", and only by
# targets that link the room: each gets an include root of its own that holds nothing else, so an
# include against the arrows of ARCHITECTURE.md does not compile.

# orderd_room(NAME DIRECTORY dir SOURCES file... [USES room...] [LIBRARIES lib...] [PRIVATE_LIBRARIES lib...])
#   USES               rooms whose headers it may include
#   LIBRARIES          foreign libraries whose types stand in its public headers
#   PRIVATE_LIBRARIES  foreign libraries that only its own files see
function(orderd_room NAME)
    cmake_parse_arguments(ROOM "" "DIRECTORY" "SOURCES;USES;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
    if(NOT ROOM_DIRECTORY)
        set(ROOM_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    endif()
    set(root ${CMAKE_BINARY_DIR}/rooms/${NAME})
    file(MAKE_DIRECTORY ${root})
    file(CREATE_LINK ${ROOM_DIRECTORY} ${root}/${NAME} SYMBOLIC)
    add_library(room_${NAME} STATIC ${ROOM_SOURCES})
    target_include_directories(room_${NAME} PUBLIC ${root})
    list(TRANSFORM ROOM_USES PREPEND room_)
    target_link_libraries(room_${NAME} PUBLIC ${ROOM_USES} ${ROOM_LIBRARIES}
                                       PRIVATE ${ROOM_PRIVATE_LIBRARIES} orderd_warnings)
endfunction()

# orderd_unit_test(NAME SOURCES file... ROOMS room... [LIBRARIES lib...]): a cmocka program that
# ctest runs; 60 s at most.
function(orderd_unit_test NAME)
    cmake_parse_arguments(TEST "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
    if(NOT ORDERD_TESTS)
        return()
    endif()
    add_executable(${NAME} ${TEST_SOURCES})
    list(TRANSFORM TEST_ROOMS PREPEND room_)
    target_link_libraries(${NAME} PRIVATE ${TEST_ROOMS} ${TEST_LIBRARIES} PkgConfig::CMOCKA
                                          orderd_warnings)
    add_test(NAME ${NAME} COMMAND ${NAME})
    set_tests_properties(${NAME} PROPERTIES TIMEOUT 60 ENVIRONMENT
        "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/tests/tsan.supp")
endfunction()

# orderd_fuzzer(NAME SOURCES file... ROOMS room...): a libFuzzer target, built by the fuzz preset.
function(orderd_fuzzer NAME)
    cmake_parse_arguments(FUZZ "" "" "SOURCES;ROOMS;LIBRARIES" ${ARGN})
    if(NOT ORDERD_FUZZ)
        return()
    endif()
    add_executable(${NAME} ${FUZZ_SOURCES})
    list(TRANSFORM FUZZ_ROOMS PREPEND room_)
    target_link_libraries(${NAME} PRIVATE ${FUZZ_ROOMS} ${FUZZ_LIBRARIES} orderd_warnings)
    target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
endfunction()
