orderd_unit_test(unit_orderctl_commands SOURCES orderctl/commands.c orderctl/shell.c
    ROOMS orderctl http base)
orderd_unit_test(unit_orderctl_control SOURCES orderctl/control.c orderctl/shell.c http/peer.c
    ROOMS orderctl base LIBRARIES Threads::Threads)
orderd_unit_test(unit_orderctl_objects SOURCES orderctl/objects.c orderctl/shell.c
    ROOMS orderctl base)
