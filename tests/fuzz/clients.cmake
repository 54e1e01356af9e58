orderd_fuzzer(fuzz_clients_c SOURCES ${CMAKE_CURRENT_LIST_DIR}/clients_c.c
    LIBRARIES PkgConfig::ZMQ PkgConfig::JANSSON)
if(TARGET fuzz_clients_c)
    target_include_directories(fuzz_clients_c PRIVATE ${PROJECT_SOURCE_DIR}/tools/clients/c)
endif()
