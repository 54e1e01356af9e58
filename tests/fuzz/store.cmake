orderd_fuzzer(fuzz_store_cursor SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_cursor.c ROOMS store base)
orderd_fuzzer(fuzz_store_postgres SOURCES ${CMAKE_CURRENT_LIST_DIR}/store_postgres.c
    ROOMS store base LIBRARIES PkgConfig::PQ)
