orderd_fuzzer(fuzz_iiop_server SOURCES ${CMAKE_CURRENT_LIST_DIR}/iiop_server.c
              ROOMS iiop giop cdr base LIBRARIES PkgConfig::EVENT)
