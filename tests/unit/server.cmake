foreach(subject config directory)
    orderd_unit_test(unit_server_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/server/${subject}.c ROOMS server)
endforeach()
