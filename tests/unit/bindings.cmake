set(bindings_tests ${CMAKE_CURRENT_LIST_DIR}/bindings)
foreach(subject values orders serving callers policies hooks sealing idempotency)
    orderd_unit_test(unit_bindings_${subject}
        SOURCES ${bindings_tests}/${subject}.c ${bindings_tests}/fixture.c
        ROOMS bindings host http bus store domain seal base
        LIBRARIES PkgConfig::EVENT)
endforeach()
