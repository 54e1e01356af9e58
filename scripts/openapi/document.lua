-- The OpenAPI 3.1 document of the service.

return {
    openapi = "3.1.0",
    info = {
        title = "orderd",
        version = "1",
        summary = "A pharmacy's orders",
        description = "Errors are application/problem+json (RFC 9457). A path that does not exist "
            .. "is answered 404 `route-not-found`, a method that it does not have 405 "
            .. "`method-not-allowed` with Allow.",
        license = { name = "MIT", identifier = "MIT" },
    },
    paths = require "openapi.paths",
    components = {
        schemas = require "openapi.schemas",
        securitySchemes = { bearer = { type = "http", scheme = "bearer",
            description = "A JWT: sub is the user, scope or roles give the permissions. Where the "
                .. "Auth service identifies callers, its opaque tokens." } },
    },
}
