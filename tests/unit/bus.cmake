orderd_unit_test(unit_bus_cloudevent SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/cloudevent.c ROOMS bus)
foreach(subject publish subscribe link dispatcher)
    orderd_unit_test(unit_bus_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/bus/${subject}.c ${CMAKE_CURRENT_LIST_DIR}/bus/world.c
        ROOMS bus store domain base
        LIBRARIES PkgConfig::EVENT PkgConfig::ZMQ Threads::Threads)
endforeach()
