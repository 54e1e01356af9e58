foreach(subject requests replies contexts omniorb hostile references corbaloc)
    orderd_unit_test(unit_giop_${subject} SOURCES giop/${subject}.c giop/bytes.c ROOMS giop cdr base)
endforeach()
foreach(subject stream fragments cutting)
    orderd_unit_test(unit_giop_${subject} SOURCES giop/${subject}.c giop/feed.c giop/bytes.c
        ROOMS giop cdr base)
endforeach()
