/* A method and a path, split at the first line feed, into router_match. */
#include "http/router.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct router *router;

static void require(int promise)
{
    if (!promise)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const patterns[] = {
        "/",         "/order/orders", "/order/orders/{id:uuid}",          "/order/orders/{name}",
        "/{a}/{b}/", "/{a}/b",        "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}",
    };
    (void)argc;
    (void)argv;
    router = router_new();
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        require(router_add(router, "GET", patterns[i], router, NULL) == STATUS_OK);
        require(router_add(router, i % 2 ? "PUT" : "POST", patterns[i], router, NULL) == STATUS_OK);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct route_match match;
    const char *bytes = (const char *)data;
    const char *split = size > 0 ? memchr(bytes, '\n', size) : NULL;
    if (split == NULL)
        return 0;
    struct text method = {bytes, (size_t)(split - bytes)};
    struct text path = {split + 1, size - method.length - 1};
    enum status status = router_match(router, method, path, &match);
    require((status == STATUS_OK) == (match.route != NULL));
    require(status != STATUS_REFUSED || match.allow[0] != '\0');
    if (status == STATUS_OK)
        for (size_t i = 0; i < match.parameter_count; i++)
            require(strlen(match.parameters[i].value) <= ROUTER_SEGMENT_LIMIT &&
                    strlen(match.parameters[i].name) > 0);
    return 0;
}
