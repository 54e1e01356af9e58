/* What the tests of the PostgreSQL store share: the fixture of the repository suite on PostgreSQL,
 * and a second look at the database by other sessions. */
#ifndef UNIT_STORE_POSTGRES_WORLD_H
#define UNIT_STORE_POSTGRES_WORLD_H

#include "../../contract/postgres_place.h"
#include "../../contract/suite.h"

#include <libpq-fe.h>

int world_setup(void **state); /* suite_setup, on PostgreSQL */

#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, suite_teardown)

/* Another session on the suite's database, as its owner. PQfinish ends it. */
PGconn *world_session(const struct suite *suite);
void world_do(PGconn *conn, const char *sql); /* fails the test when that fails */
int64_t world_number(PGconn *conn, const char *sql);

/* As the superuser. */
void world_server(const struct suite *suite, const char *sql);

/* Turns the loop until the statement answers a number that is not 0. */
void world_await(struct suite *suite, PGconn *conn, const char *sql);

/* Opens the suite's store again, with other options. */
void world_reopen(struct suite *suite, struct store_options options);

/* Begins a save; the answer comes when it comes. */
void world_save(struct suite *suite, const struct order *order, struct answer *answer);

#endif
