set(iiop_tests ${CMAKE_CURRENT_LIST_DIR}/iiop)
orderd_unit_test(unit_iiop_adapter SOURCES ${iiop_tests}/adapter.c ROOMS iiop base)
foreach(subject server_calls server_flow server_ends)
    orderd_unit_test(unit_iiop_${subject}
        SOURCES ${iiop_tests}/${subject}.c ${iiop_tests}/server_world.c ${iiop_tests}/server_wire.c
        ROOMS iiop giop cdr base LIBRARIES PkgConfig::EVENT)
endforeach()
orderd_unit_test(unit_iiop_connection
    SOURCES ${iiop_tests}/connection.c ${iiop_tests}/server_wire.c
    ROOMS iiop giop cdr base LIBRARIES PkgConfig::EVENT)
