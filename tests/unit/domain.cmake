foreach(subject money currency order_status)
    orderd_unit_test(unit_domain_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/domain/${subject}.c ROOMS domain)
endforeach()

foreach(subject order_create order_change order_restore order_event)
    orderd_unit_test(unit_domain_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/domain/${subject}.c
                ${CMAKE_CURRENT_LIST_DIR}/domain/samples.c
        ROOMS domain)
endforeach()
