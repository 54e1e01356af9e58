set(http_tests ${CMAKE_CURRENT_LIST_DIR}/http)
foreach(subject problem server_bodies server_lifecycle server_limits server_pipeline
                server_requests server_smuggling)
    orderd_unit_test(unit_http_${subject}
        SOURCES ${http_tests}/${subject}.c ${http_tests}/world.c
        ROOMS http base LIBRARIES llhttp PkgConfig::EVENT)
endforeach()
orderd_unit_test(unit_http_query SOURCES ${http_tests}/query.c ROOMS http base)
orderd_unit_test(unit_http_router SOURCES ${http_tests}/router.c ROOMS http base)
orderd_unit_test(unit_http_idempotency_key SOURCES ${http_tests}/idempotency_key.c ROOMS http base)
