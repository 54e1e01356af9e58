/* A directory with one configuration file in it, and what reading it gave. */
#ifndef TESTS_HOST_CONF_DESK_H
#define TESTS_HOST_CONF_DESK_H

#include "host/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct desk {
    char directory[40];
    char path[64]; /* of the file */
    struct conf_value *root;
    struct fault fault;
};

int desk_setup(void **state);
int desk_teardown(void **state);

enum status desk_read_bytes(struct desk *desk, const char *bytes, size_t length);
enum status desk_read(struct desk *desk, const char *text);

/* The text is taken. The result is the desk's, and never NULL. */
const struct conf_value *desk_take(struct desk *desk, const char *text);

/* The text is refused at this line, and what is said contains `says`. */
void desk_refuse(struct desk *desk, const char *text, size_t line, const char *says);

/* The value at "http.listen" or "list.2.name"; fails the test when there is none. */
const struct conf_value *desk_value(const struct desk *desk, const char *name);

#define DESK_TEST(name_) cmocka_unit_test_setup_teardown(name_, desk_setup, desk_teardown)

#endif
