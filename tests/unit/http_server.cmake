foreach(subject lifecycle limits pipeline requests smuggling)
    orderd_unit_test(unit_http_server_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/http/server_${subject}.c ${CMAKE_CURRENT_LIST_DIR}/http/world.c
        ROOMS http LIBRARIES llhttp PkgConfig::EVENT)
endforeach()
