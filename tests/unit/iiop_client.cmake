set(iiop_tests ${CMAKE_CURRENT_LIST_DIR}/iiop)
foreach(subject client_calls client_losses client_forwards client_hostile client_names client_serves client_tables)
    orderd_unit_test(unit_iiop_${subject}
        SOURCES ${iiop_tests}/${subject}.c ${iiop_tests}/client_world.c ${iiop_tests}/server_wire.c
        ROOMS iiop giop cdr base LIBRARIES PkgConfig::EVENT)
endforeach()
