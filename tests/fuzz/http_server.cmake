orderd_fuzzer(fuzz_http_server SOURCES ${CMAKE_CURRENT_LIST_DIR}/http_server.c ROOMS http base
              LIBRARIES llhttp PkgConfig::EVENT)
orderd_fuzzer(fuzz_http_router SOURCES ${CMAKE_CURRENT_LIST_DIR}/http_router.c ROOMS http base)
orderd_fuzzer(fuzz_http_idempotency_key
              SOURCES ${CMAKE_CURRENT_LIST_DIR}/http_idempotency_key.c ROOMS http base)
