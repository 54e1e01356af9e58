orderd_fuzzer(fuzz_naming_journal SOURCES ${CMAKE_CURRENT_LIST_DIR}/naming_journal.c ROOMS naming)
