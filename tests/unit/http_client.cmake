orderd_unit_test(unit_http_client_answers SOURCES http/client_answers.c http/client_fixture.c
    http/peer.c ROOMS http base LIBRARIES PkgConfig::EVENT Threads::Threads)
orderd_unit_test(unit_http_client_requests SOURCES http/client_requests.c http/client_fixture.c
    http/peer.c ROOMS http base LIBRARIES PkgConfig::EVENT Threads::Threads)
orderd_unit_test(unit_http_client_lifetimes SOURCES http/client_lifetimes.c http/client_fixture.c
    http/peer.c ROOMS http base LIBRARIES PkgConfig::EVENT Threads::Threads)
orderd_unit_test(unit_http_jwt_keys SOURCES http/jwt_keys.c http/jwt_fixture.c ROOMS http base
    LIBRARIES PkgConfig::CRYPTO)
orderd_unit_test(unit_http_jwt_verify SOURCES http/jwt_verify.c http/jwt_fixture.c ROOMS http base
    LIBRARIES PkgConfig::CRYPTO)
orderd_unit_test(unit_http_jwt_claims SOURCES http/jwt_claims.c http/jwt_fixture.c ROOMS http base
    LIBRARIES PkgConfig::CRYPTO)
orderd_unit_test(unit_http_identity_cache SOURCES http/identity_cache.c http/jwt_fixture.c
    ROOMS http base LIBRARIES PkgConfig::CRYPTO)
