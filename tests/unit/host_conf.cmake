foreach(subject values refusals lines scan push)
    orderd_unit_test(unit_host_conf_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/host_conf/${subject}.c
                ${CMAKE_CURRENT_LIST_DIR}/host_conf/desk.c
        ROOMS host base)
endforeach()
