foreach(subject tree journal iterators)
    orderd_unit_test(unit_naming_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/naming/${subject}.c ROOMS naming)
endforeach()
