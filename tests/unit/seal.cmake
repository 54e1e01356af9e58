foreach(subject base64 digest xaes text key)
    orderd_unit_test(unit_seal_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/seal/${subject}.c ROOMS seal base
        LIBRARIES Threads::Threads)
endforeach()
