/* The checks of orderd.test. */
#ifndef BINDINGS_TEST_CHECK_H
#define BINDINGS_TEST_CHECK_H

#include <lua.h>

int test_equal(lua_State *L);   /* test.equal(actual, expected, what?) */
int test_problem(lua_State *L); /* test.problem(code, fn, ...): the problem */

#endif
