orderd_fuzzer(fuzz_http_jwt SOURCES http_jwt.c ROOMS http base LIBRARIES PkgConfig::CRYPTO)
