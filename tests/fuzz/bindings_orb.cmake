orderd_fuzzer(fuzz_bindings_orb SOURCES ${CMAKE_CURRENT_LIST_DIR}/bindings_orb.c
              ROOMS bindings host idl cdr base)
