/* For the tests of this folder: texts that are loaded, and what is expected of them. */
#ifndef TEST_IDL_WORLD_H
#define TEST_IDL_WORLD_H

#include "idl/idl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A new idl for each test. */
int world_setup(void **state);
int world_teardown(void **state);
#define sentence(name_) cmocka_unit_test_setup_teardown(name_, world_setup, world_teardown)

/* Loads a text as "t.idl". */
void takes(struct idl *idl, const char *text);
/* The text is refused at "t.idl:WHERE" ("2:7"), with a message that holds `words`, and leaves
 * nothing behind. */
void refuses(struct idl *idl, const char *text, const char *where, const char *words);
/* STATUS_LIMIT. */
void exceeds(struct idl *idl, const char *text, const char *words);
/* The same for `part`, so many times, between `begin` and `end`; "%d" in it counts from 0. */
void exceeds_repeated(struct idl *idl, const char *begin, const char *part, int times,
                      const char *end, const char *words);

const struct typecode *type_of(struct idl *idl, const char *name);
const struct idl_interface *interface_of(struct idl *idl, const char *name);
const struct idl_operation *operation_of(struct idl *idl, const char *interface, const char *name);
int64_t integer_of(struct idl *idl, const char *name);
void text_is(struct idl *idl, const char *name, const char *text);

#endif
