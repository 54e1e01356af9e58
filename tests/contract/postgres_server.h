/* A PostgreSQL server of this test program's own, on a Unix socket in a temporary directory. */
#ifndef CONTRACT_POSTGRES_SERVER_H
#define CONTRACT_POSTGRES_SERVER_H

struct postgres_server {
    char directory[64]; /* of the socket, too */
    char bin[128];      /* where initdb, postgres and psql are */
};

/* Started by the first call; stopped and removed when this program ends, however it ends. Aborts
 * with a message when there can be none. */
const struct postgres_server *postgres_server(void);

/* Runs statements as the superuser; aborts when one fails. */
void postgres_server_sql(const char *database, const char *sql);

#endif
