foreach(subject json json_writer clock trace)
    orderd_fuzzer(fuzz_base_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/base_${subject}.c ROOMS base)
endforeach()
