orderd_unit_test(unit_store_list_cursor SOURCES ${CMAKE_CURRENT_LIST_DIR}/store/list_cursor.c
    ROOMS store base)

# These stand on the fixture of the repository suite, with a look behind the interface.
foreach(subject open plans scan faults kill kill_inbound metrics stream)
    orderd_unit_test(unit_store_sqlite_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/store/sqlite_${subject}.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/suite.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/sqlite_place.c
        ROOMS store domain base
        LIBRARIES PkgConfig::SQLITE PkgConfig::EVENT Threads::Threads)
endforeach()

# The same on PostgreSQL; each program starts a server of its own.
foreach(subject cursors groups inbound losses stream)
    orderd_unit_test(unit_store_postgres_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/store/postgres_${subject}.c
                ${CMAKE_CURRENT_LIST_DIR}/store/postgres_world.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/suite.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/postgres_place.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/postgres_server.c
        ROOMS store domain base
        LIBRARIES PkgConfig::PQ PkgConfig::EVENT Threads::Threads)
    if(ORDERD_TESTS) # a server's disk may be slow
        set_tests_properties(unit_store_postgres_${subject} PROPERTIES TIMEOUT 300)
    endif()
endforeach()

orderd_unit_test(unit_store_postgres_values
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/store/postgres_values.c
    ROOMS store domain base
    LIBRARIES PkgConfig::PQ)

# A million orders are made for it, by orderctl; no thread of ours but one runs.
if(NOT ORDERD_SANITIZE STREQUAL "thread")
    orderd_unit_test(unit_store_postgres_plans
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/store/postgres_plans.c
                ${CMAKE_CURRENT_LIST_DIR}/store/postgres_plan.c
                ${CMAKE_CURRENT_LIST_DIR}/store/postgres_rows.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/postgres_place.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/postgres_server.c
        ROOMS orderctl store domain base
        LIBRARIES PkgConfig::PQ)
    if(ORDERD_TESTS)
        set_tests_properties(unit_store_postgres_plans PROPERTIES TIMEOUT 300)
    endif()
endif()

orderd_unit_test(unit_store_postgres_locality
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/store/postgres_locality.c
            ${CMAKE_CURRENT_LIST_DIR}/store/sql_reader.c
    ROOMS store)
