foreach(subject texts preprocess names ids constants types unions interfaces files decimal)
    orderd_unit_test(unit_idl_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/idl/${subject}.c ${CMAKE_CURRENT_LIST_DIR}/idl/world.c
        ROOMS idl cdr base)
endforeach()
