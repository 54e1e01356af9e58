orderd_unit_test(unit_orderctl_commands SOURCES orderctl/commands.c orderctl/shell.c
    ROOMS orderctl http base)
orderd_unit_test(unit_orderctl_access SOURCES orderctl/access.c orderctl/shell.c
    ROOMS orderctl bus base)
orderd_unit_test(unit_orderctl_control SOURCES orderctl/control.c orderctl/shell.c http/peer.c
    ROOMS orderctl base LIBRARIES Threads::Threads)
foreach(subject events letters)
    orderd_unit_test(unit_orderctl_${subject}
        SOURCES orderctl/${subject}.c orderctl/script.c orderctl/shell.c http/peer.c
        ROOMS orderctl base LIBRARIES Threads::Threads)
endforeach()
orderd_unit_test(unit_orderctl_objects SOURCES orderctl/objects.c orderctl/shell.c
    ROOMS orderctl base)
orderd_unit_test(unit_orderctl_database SOURCES orderctl/database.c orderctl/shell.c
    ROOMS orderctl store domain base LIBRARIES PkgConfig::EVENT)
if(ORDERD_TESTS)
    target_compile_definitions(unit_orderctl_database PRIVATE
        CATALOGUE="${CMAKE_SOURCE_DIR}/scripts/demo/catalogue.lua")
endif()
