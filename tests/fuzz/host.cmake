orderd_fuzzer(fuzz_host_pattern SOURCES ${CMAKE_CURRENT_LIST_DIR}/host_pattern.c
              ROOMS host LIBRARIES PkgConfig::LUA)
