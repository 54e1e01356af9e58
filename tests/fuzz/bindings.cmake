orderd_fuzzer(fuzz_bindings_query SOURCES ${CMAKE_CURRENT_LIST_DIR}/bindings_query.c ROOMS bindings)
orderd_fuzzer(fuzz_bindings_json SOURCES ${CMAKE_CURRENT_LIST_DIR}/bindings_json.c ROOMS bindings)
