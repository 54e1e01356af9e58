set(orb_tests ${CMAKE_CURRENT_LIST_DIR}/bindings)
foreach(subject scripts lifetime hostile failures memory)
    orderd_unit_test(unit_bindings_orb_${subject}
        SOURCES ${orb_tests}/orb_${subject}.c ${orb_tests}/orb_world.c ${orb_tests}/fixture.c
        ROOMS bindings host http bus store domain seal idl iiop giop cdr base
        LIBRARIES PkgConfig::EVENT)
    if(TARGET unit_bindings_orb_${subject})
        target_compile_definitions(unit_bindings_orb_${subject}
            PRIVATE ORB_SCRIPTS="${orb_tests}/orb")
    endif()
endforeach()
