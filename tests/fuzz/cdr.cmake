foreach(subject typecode any value codeset)
    orderd_fuzzer(fuzz_cdr_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/cdr_${subject}.c ROOMS cdr base)
endforeach()
