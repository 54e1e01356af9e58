/* The one way to fail: a status, and where a human must be told, a fault with the reason. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* what was given breaks a rule */
    STATUS_NOT_FOUND,   /* no such thing */
    STATUS_GONE,        /* it was there, and is no more */
    STATUS_CONFLICT,    /* another change came first: the version differs */
    STATUS_DUPLICATE,   /* already done: this identifier has been seen */
    STATUS_REFUSED,     /* a rule of the domain forbids it now */
    STATUS_LIMIT,       /* a configured or fixed limit is exceeded */
    STATUS_TIMEOUT,     /* no answer in time; it may or may not have happened */
    STATUS_UNAVAILABLE, /* the thing that would do it cannot be reached; it has not happened */
    STATUS_INTERNAL,    /* our own mistake */
};

/* What went wrong, in words. `where` is a JSON pointer ("/items/0/quantity"), a place in a file
 * ("conf/orderd.lua:12") or empty. Both are always terminated. A fault never holds a secret nor
 * what an order's notes say. */
struct fault {
    enum status status;
    char where[192];
    char text[512];
};

/* The name of a status, in lower case ("not found"). Static memory. */
const char *status_name(enum status status);

/* Fills the fault, when there is one, and gives the status back, so that a function can end with
 * `return fault_set(fault, STATUS_INVALID, "/quantity", "must be at least %d", 1);`.
 * `where` may be NULL. */
enum status fault_set(struct fault *fault, enum status status, const char *where,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
