foreach(subject config directory bus_thread)
    orderd_unit_test(unit_server_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/server/${subject}.c ROOMS server
        LIBRARIES PkgConfig::EVENT)
endforeach()

# They stand on the fixture of the repository suite.
foreach(subject control retention)
    orderd_unit_test(unit_server_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/server/${subject}.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/suite.c
                ${CMAKE_CURRENT_LIST_DIR}/../contract/sqlite_place.c
        ROOMS server store domain base
        LIBRARIES PkgConfig::SQLITE PkgConfig::EVENT Threads::Threads)
endforeach()
