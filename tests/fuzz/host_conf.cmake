orderd_fuzzer(fuzz_host_conf SOURCES ${CMAKE_CURRENT_LIST_DIR}/host_conf.c ROOMS host base LIBRARIES PkgConfig::LUA)
