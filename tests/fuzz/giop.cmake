foreach(subject stream message reference)
    orderd_fuzzer(fuzz_giop_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/giop_${subject}.c ROOMS giop cdr base)
endforeach()
