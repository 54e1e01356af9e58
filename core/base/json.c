/* JSON in: a scan for what jansson does not refuse, then jansson.
 *
 * The scan knows just enough of JSON to find brackets and numbers outside strings; whether the
 * text is JSON at all is left to jansson. */
#include "base/json.h"

#include "base/random.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A double keeps 15 significant digits whatever they are, and has its full precision from 1e-307.
 */
enum { JSON_DIGITS_LIMIT = 15, JSON_SMALLEST_EXPONENT = -307 };

struct scan {
    const char *start;
    const char *at;
    const char *end;
    struct fault *fault;
};

static enum status json_refuse(const struct scan *scan, const char *what)
{
    int line = 1;
    int column = 1;

    for (const char *c = scan->start; c < scan->at; c++) {
        if (*c == '\n') {
            line++;
            column = 1;
        } else if ((*c & 0xc0) != 0x80) {
            column++; /* a character, not a byte of one */
        }
    }
    return fault_set(scan->fault, STATUS_INVALID, "", "line %d, column %d: %s", line, column, what);
}

/* From an opening quote to behind the closing one, or to the end. */
static void scan_string(struct scan *scan)
{
    for (scan->at++; scan->at < scan->end && *scan->at != '"'; scan->at++)
        if (*scan->at == '\\' && scan->at + 1 < scan->end)
            scan->at++;
    if (scan->at < scan->end)
        scan->at++;
}

/* What counts of a number as written. */
struct number {
    int significant;  /* digits from the first that is not zero to the last that is not */
    int64_t exponent; /* of ten, of the first significant digit */
    bool real;        /* has a point or an exponent */
};

static bool is_digit(const char *at, const char *end)
{
    return at < end && *at >= '0' && *at <= '9';
}

static const char *scan_mantissa(const char *at, const char *end, struct number *number)
{
    int digits = 0;    /* from the first that is not zero on: zeros at the end count for nothing */
    int64_t whole = 0; /* of them, before the point */
    int64_t zeros = 0; /* zeros behind the point before the first significant digit */

    for (; is_digit(at, end) || (at < end && *at == '.'); at++) {
        if (*at == '.') {
            number->real = true;
        } else if (digits || *at != '0') {
            digits++;
            if (*at != '0')
                number->significant = digits;
            whole += !number->real;
        } else if (number->real) {
            zeros++;
        }
    }
    number->exponent = whole ? whole - 1 : -zeros - 1;
    return at;
}

static const char *scan_exponent(const char *at, const char *end, struct number *number)
{
    int64_t exponent = 0;
    bool negative;

    if (at == end || (*at != 'e' && *at != 'E'))
        return at;
    number->real = true;
    at++;
    negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    for (; is_digit(at, end); at++)
        if (exponent < INT32_MAX)
            exponent = exponent * 10 + (*at - '0');
    number->exponent += negative ? -exponent : exponent;
    return at;
}

static enum status scan_number(struct scan *scan)
{
    struct number number = {0};
    const char *after;

    after = scan_mantissa(scan->at, scan->end, &number);
    after = scan_exponent(after, scan->end, &number);
    if (number.real && number.significant > JSON_DIGITS_LIMIT)
        return json_refuse(scan, "a number with a fraction or an exponent may have at most 15 "
                                 "significant digits");
    if (number.real && number.significant && number.exponent < JSON_SMALLEST_EXPONENT)
        return json_refuse(scan, "a number is too close to zero");
    scan->at = after;
    return STATUS_OK;
}

static enum status json_scan(struct scan *scan)
{
    int depth = 0;

    while (scan->at < scan->end) {
        char c = *scan->at;

        if (c == '"') {
            scan_string(scan);
            continue;
        }
        if (c >= '0' && c <= '9') {
            if (scan_number(scan) != STATUS_OK)
                return STATUS_INVALID;
            continue;
        }
        if ((c == '[' || c == '{') && ++depth > JSON_DEPTH_LIMIT)
            return json_refuse(scan, "arrays and objects are nested too deep");
        if (c == ']' || c == '}')
            depth--;
        scan->at++;
    }
    return STATUS_OK;
}

/* jansson's hash must not be guessable, or names could be made to collide. It would seed itself,
 * but from the time of day where /dev/urandom is missing. */
static void json_seed(void)
{
    size_t seed;

    random_bytes(&seed, sizeof(seed));
    json_object_seed(seed | 1); /* 0 would ask jansson to find one */
}

/* jansson quotes the text near the error, which may be an order's notes: that part is cut off. Of a
 * NUL it says which of its flags would allow it, which is no help to callers. */
static enum status json_explain(const json_error_t *error, struct fault *fault)
{
    enum json_error_code code = json_error_code(error);
    const char *text = code == json_error_null_character ? "NUL is not allowed" : error->text;
    const char *near = strstr(text, " near '");
    int length = near ? (int)(near - text) : (int)strlen(text);

    if (code == json_error_out_of_memory)
        return fault_set(fault, STATUS_INTERNAL, "", "out of memory");
    return fault_set(fault, STATUS_INVALID, "", "line %d, column %d: %.*s", error->line,
                     error->column, length, text);
}

enum status json_read(const char *text, size_t length, json_t **value, struct fault *fault)
{
    static pthread_once_t seeded = PTHREAD_ONCE_INIT;
    struct scan scan = {text, text, text + length, fault};
    json_error_t error;
    json_t *root;

    (void)pthread_once(&seeded, json_seed);
    if (json_scan(&scan) != STATUS_OK)
        return STATUS_INVALID;
    root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root)
        return json_explain(&error, fault);
    *value = root;
    return STATUS_OK;
}
