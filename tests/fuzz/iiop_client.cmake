orderd_fuzzer(fuzz_iiop_client SOURCES ${CMAKE_CURRENT_LIST_DIR}/iiop_client.c
              ROOMS iiop giop cdr base LIBRARIES PkgConfig::EVENT)
