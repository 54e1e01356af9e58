foreach(subject budgets bundle memory sandbox strings tasks threads)
    orderd_unit_test(unit_host_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/host/${subject}.c ${CMAKE_CURRENT_LIST_DIR}/host/world.c
        ROOMS host LIBRARIES PkgConfig::EVENT)
endforeach()
