orderd_fuzzer(fuzz_orderctl_page SOURCES ${CMAKE_CURRENT_LIST_DIR}/orderctl_page.c ROOMS orderctl)
