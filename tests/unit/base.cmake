foreach(subject status buffer clock uuid utf8 trace log json json_writer)
    orderd_unit_test(unit_base_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/base/${subject}.c ROOMS base)
endforeach()

# These start threads of their own; mailbox runs event loops too.
foreach(subject random metrics mailbox)
    orderd_unit_test(unit_base_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/base/${subject}.c ROOMS base
        LIBRARIES PkgConfig::EVENT Threads::Threads)
endforeach()
