# The repository suite is a list of sources: each implementation of the store makes a program of it.
set(repository_suite
    ${CMAKE_CURRENT_LIST_DIR}/repository_suite.c ${CMAKE_CURRENT_LIST_DIR}/suite.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_orders.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_lists.c ${CMAKE_CURRENT_LIST_DIR}/suite_events.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_writes.c ${CMAKE_CURRENT_LIST_DIR}/suite_keys.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_prune.c ${CMAKE_CURRENT_LIST_DIR}/suite_lead.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_stream.c ${CMAKE_CURRENT_LIST_DIR}/suite_cursors.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_inbound.c ${CMAKE_CURRENT_LIST_DIR}/suite_letters.c
    ${CMAKE_CURRENT_LIST_DIR}/suite_threads.c ${CMAKE_CURRENT_LIST_DIR}/suite_seed.c)

orderd_unit_test(contract_store_sqlite
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/sqlite_contract.c
            ${CMAKE_CURRENT_LIST_DIR}/sqlite_place.c ${repository_suite}
    ROOMS store domain base
    LIBRARIES PkgConfig::EVENT Threads::Threads)

orderd_unit_test(contract_store_postgres
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/postgres_contract.c
            ${CMAKE_CURRENT_LIST_DIR}/postgres_place.c
            ${CMAKE_CURRENT_LIST_DIR}/postgres_server.c ${repository_suite}
    ROOMS store domain base
    LIBRARIES PkgConfig::EVENT Threads::Threads)
if(ORDERD_TESTS) # a server's disk may be slow
    set_tests_properties(contract_store_postgres PROPERTIES TIMEOUT 300)
endif()
