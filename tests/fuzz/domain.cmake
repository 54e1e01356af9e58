foreach(subject money order)
    orderd_fuzzer(fuzz_domain_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/domain_${subject}.c ROOMS domain)
endforeach()
