/* One setting of the configuration: what it is called, what it may be, and where it goes. The table
 * of all of them (settings.c) is what the file is checked against, what the environment overrides,
 * and what --help prints. */
#ifndef SERVER_SETTING_H
#define SERVER_SETTING_H

#include "base/status.h"
#include "host/conf.h"

#include <stddef.h>
#include <stdint.h>

/* What a setting may be, and the C type of its field. */
enum setting_kind {
    SETTING_TEXT,      /* const char *; not empty */
    SETTING_ADDRESS,   /* const char *; "127.0.0.1:8080", "[::1]:0" */
    SETTING_PUBLIC,    /* const char *; "orders.example.org:2810" */
    SETTING_PEER,      /* const char *; http:// or https://, corbaloc:, corbaname: or IOR: */
    SETTING_STORE,     /* const char *; "sqlite:PATH", "postgres://..." */
    SETTING_REPLICA,   /* const char *; "postgres://..." */
    SETTING_CHOICE,    /* const char *; one of `choices` */
    SETTING_CURRENCY,  /* const struct currency * */
    SETTING_ENDPOINTS, /* const struct conf_value *; a list of "tcp://host:port" */
    SETTING_PATHS,     /* const struct conf_value *; a list of texts that are not empty */
    SETTING_INTEGER,   /* int64_t; least to most */
    SETTING_SECONDS,   /* int64_t milliseconds; least to most are milliseconds, too */
    SETTING_BOOLEAN,   /* bool */
    SETTING_ROLES,     /* const struct conf_value *; a table of lists of permissions */
    SETTING_FEEDS,     /* const struct conf_value *; lists of beginnings of topics, by address */
    SETTING_FREE,      /* const struct conf_value *; any table */
};

struct setting {
    const char *name; /* "http.listen" */
    enum setting_kind kind;
    const char *fallback; /* as text; "<state_dir>" stands for that setting; NULL: none */
    int64_t least, most;
    const char *choices;     /* "debug|info|warning|error" */
    const char *environment; /* the variable that overrides the file, or NULL */
    size_t offset;           /* of its field in struct config, or SETTING_FOR_SCRIPTS */
    const char *doc;
};

/* Its value is only handed to scripts. */
#define SETTING_FOR_SCRIPTS SIZE_MAX

extern const struct setting settings[];
extern const size_t settings_count;

const struct setting *setting_find(const char *name); /* or NULL */

/* STATUS_INVALID with what was expected and what came; `where` is the value's. */
MUST_CHECK enum status setting_check(const struct setting *setting, const struct conf_value *value,
                                     struct fault *fault);

/* Puts a value that was checked into the setting's field of the struct at `base`. */
void setting_store(const struct setting *setting, const struct conf_value *value, void *base);

/* A value made from text, as the environment and the table give it. Text that is no number where
 * one is expected stays text, for setting_check to refuse. `where` and `text` are lent for the
 * value's life; setting_value_free gives the rest back. */
struct conf_value *setting_value_new(const struct setting *setting, const char *text,
                                     const char *where);
void setting_value_free(struct conf_value **value);

/* "an address like 127.0.0.1:8080" */
void setting_expectation(const struct setting *setting, char *text, size_t size);

#endif
