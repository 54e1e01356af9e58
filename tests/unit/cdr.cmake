foreach(subject exception codeset numbers text fixed typecode typecode_wire typecode_hostile
                value_hostile value_json)
    orderd_unit_test(unit_cdr_${subject}
        SOURCES ${CMAKE_CURRENT_LIST_DIR}/cdr/${subject}.c ROOMS cdr base)
endforeach()
