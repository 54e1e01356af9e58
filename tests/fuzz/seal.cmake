orderd_fuzzer(fuzz_seal_open SOURCES ${CMAKE_CURRENT_LIST_DIR}/seal_open.c ROOMS seal base)
