orderd_fuzzer(fuzz_idl SOURCES ${CMAKE_CURRENT_LIST_DIR}/idl_load.c ROOMS idl cdr base)
