orderd_fuzzer(fuzz_bus_inbound SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus_inbound.c ROOMS bus store domain base)
orderd_fuzzer(fuzz_bus_clients SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus_clients.c ROOMS bus store domain base)
orderd_fuzzer(fuzz_bus_replay SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus_replay.c ROOMS bus store domain base)
orderd_fuzzer(fuzz_bus_payload SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus_payload.c ROOMS bus store domain base)
