/* What each kind of setting may hold: checking it, making it from text, and saying what was
 * expected. */
#include "server/setting.h"

#include "base/memory.h"
#include "domain/money.h"
#include "giop/reference.h"
#include "store/repository.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct setting *setting_find(const char *name)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    }
    return NULL;
}

/* ---- what is expected ---- */

static void choices_text(const char *choices, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "one of ");
    for (const char *c = choices; *c && used + 2 < size; c++) {
        used += (size_t)snprintf(text + used, size - used, *c == '|' ? ", " : "%c", *c);
    }
}

static const char *fixed_expectation(enum setting_kind kind)
{
    switch (kind) {
    case SETTING_TEXT: return "a text that is not empty";
    case SETTING_ADDRESS: return "an address like 127.0.0.1:8080 or [::1]:8080";
    case SETTING_PUBLIC: return "a host and a port like orders.example.org:2810";
    case SETTING_PEER:
        return "an object reference like corbaloc:iiop:127.0.0.1:2811/Inventory, or a URL like "
               "http://127.0.0.1:8090";
    case SETTING_STORE:
        return "a store like sqlite:var/orderd.db or postgres://orderd@db.example.org/orderd";
    case SETTING_REPLICA: return "a database like postgres://orderd@replica.example.org/orderd";
    case SETTING_CURRENCY: return "a currency of ISO 4217 like USD";
    case SETTING_ENDPOINTS: return "a list of endpoints like tcp://127.0.0.1:6556";
    case SETTING_PATHS: return "a list of directories";
    case SETTING_BOOLEAN: return "true or false";
    case SETTING_ROLES: return "a table of lists of permissions";
    case SETTING_FEEDS:
        return "a table of lists of topics, one or more each, by address, like "
               "{[\"127.0.0.1:5559\"] = {\"order.\"}}";
    case SETTING_FREE: return "a table";
    case SETTING_CHOICE:
    case SETTING_INTEGER:
    case SETTING_SECONDS: break;
    }
    return "";
}

void setting_expectation(const struct setting *setting, char *text, size_t size)
{
    if (setting->kind == SETTING_CHOICE)
        choices_text(setting->choices, text, size);
    else if (setting->kind == SETTING_INTEGER)
        snprintf(text, size, "a whole number from %" PRId64 " to %" PRId64, setting->least,
                 setting->most);
    else if (setting->kind == SETTING_SECONDS)
        snprintf(text, size, "a number of seconds from %.10g to %.10g",
                 (double)setting->least / 1000, (double)setting->most / 1000);
    else
        snprintf(text, size, "%s", fixed_expectation(setting->kind));
}

static void value_text(const struct conf_value *value, char *text, size_t size)
{
    if (value->type == CONF_TEXT)
        snprintf(text, size, "\"%.100s\"", value->text);
    else if (value->type == CONF_INTEGER)
        snprintf(text, size, "%" PRId64, value->integer);
    else if (value->type == CONF_NUMBER)
        snprintf(text, size, "%g", value->number);
    else
        snprintf(text, size, "%s", conf_type_name(value->type));
}

/* ---- is it so ---- */

static bool port_good(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && text[digits] == '\0' && strtol(text, NULL, 10) <= 65535;
}

static bool host_good(const char *text, size_t length)
{
    char host[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    bool six = length > 2 && text[0] == '[' && text[length - 1] == ']';
    if (six) {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof(host))
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    return inet_pton(six ? AF_INET6 : AF_INET, host, address) == 1;
}

static bool address_good(const char *text)
{
    const char *colon = strrchr(text, ':');
    return colon && host_good(text, (size_t)(colon - text)) && port_good(colon + 1);
}

/* A host may be known by name, so it is any text. */
static bool host_and_port_good(const char *text)
{
    const char *colon = strrchr(text, ':');
    return colon && colon > text && port_good(colon + 1) && strtol(colon + 1, NULL, 10) > 0 &&
           !strpbrk(text, " ;/\t\r\n");
}

static bool endpoint_good(const struct conf_value *value)
{
    return value->type == CONF_TEXT && strncmp(value->text, "tcp://", 6) == 0 &&
           host_and_port_good(value->text + 6);
}

static bool url_good(const char *text)
{
    size_t scheme = strncmp(text, "http://", 7) == 0    ? 7
                    : strncmp(text, "https://", 8) == 0 ? 8
                                                        : 0;
    return scheme > 0 && text[scheme] != '\0' && text[scheme] != '/' &&
           !strpbrk(text, " \t\r\n\"<>");
}

static bool reference_good(const char *text)
{
    struct ior *ior = NULL;
    bool good = ior_parse(text, strlen(text), &ior, NULL) == STATUS_OK;
    ior_release(&ior);
    return good;
}

static bool peer_good(const char *text)
{
    return url_good(text) || reference_good(text);
}

static bool choice_good(const char *choices, const char *text)
{
    size_t length = strlen(text);
    for (const char *c = choices; c; c = strchr(c, '|')) {
        c += *c == '|';
        if (length > 0 && strncmp(c, text, length) == 0 && (c[length] == '|' || c[length] == '\0'))
            return true;
    }
    return false;
}

static bool every(const struct conf_value *list, bool (*good)(const struct conf_value *value))
{
    for (size_t i = 0; i < list->count; i++) {
        if (!good(&list->members[i]))
            return false;
    }
    return true;
}

/* An empty table of Lua is a list and a table alike. */
static bool is_empty(const struct conf_value *value)
{
    return (value->type == CONF_LIST || value->type == CONF_TABLE) && value->count == 0;
}

static bool text_good(const struct conf_value *value)
{
    return value->type == CONF_TEXT && value->text[0] != '\0';
}

static bool permissions_good(const struct conf_value *value)
{
    return is_empty(value) || (value->type == CONF_LIST && every(value, text_good));
}

/* One that carries everything would be bus.publish once more. */
static bool feed_good(const struct conf_value *value)
{
    return value->key && address_good(value->key) && value->type == CONF_LIST && value->count > 0 &&
           every(value, text_good);
}

static bool postgres_good(const char *text)
{
    return strncmp(text, "postgres://", 11) == 0 || strncmp(text, "postgresql://", 13) == 0;
}

static bool text_kind_good(const struct setting *setting, const char *text)
{
    switch (setting->kind) {
    case SETTING_ADDRESS: return address_good(text);
    case SETTING_PUBLIC: return host_and_port_good(text);
    case SETTING_PEER: return peer_good(text);
    case SETTING_STORE:
        return (strncmp(text, "sqlite:", 7) == 0 && text[7] != '\0') || postgres_good(text);
    case SETTING_REPLICA: return postgres_good(text);
    case SETTING_CHOICE: return choice_good(setting->choices, text);
    case SETTING_CURRENCY: return currency_find(text, strlen(text)) != NULL;
    default: return text[0] != '\0';
    }
}

static bool between(const struct setting *setting, double value)
{
    return value >= (double)setting->least && value <= (double)setting->most;
}

static bool value_good(const struct setting *setting, const struct conf_value *value)
{
    bool number = value->type == CONF_NUMBER;
    switch (setting->kind) {
    case SETTING_INTEGER:
        return value->type == CONF_INTEGER && value->integer >= setting->least &&
               value->integer <= setting->most;
    case SETTING_SECONDS:
        return (number && between(setting, value->number * 1000)) ||
               (value->type == CONF_INTEGER && between(setting, (double)value->integer * 1000));
    case SETTING_BOOLEAN: return value->type == CONF_BOOLEAN;
    case SETTING_ENDPOINTS:
        return is_empty(value) || (value->type == CONF_LIST && every(value, endpoint_good));
    case SETTING_PATHS:
        return is_empty(value) || (value->type == CONF_LIST && every(value, text_good));
    case SETTING_ROLES:
        return is_empty(value) || (value->type == CONF_TABLE && every(value, permissions_good));
    case SETTING_FEEDS:
        return is_empty(value) || (value->type == CONF_TABLE && every(value, feed_good));
    case SETTING_FREE: return is_empty(value) || value->type == CONF_TABLE;
    default: return value->type == CONF_TEXT && text_kind_good(setting, value->text);
    }
}

/* The deepest culprit tells its own line: an endpoint in the middle of a long list. */
static const struct conf_value *culprit(const struct setting *setting,
                                        const struct conf_value *value)
{
    bool (*good)(const struct conf_value *) =
        setting->kind == SETTING_ENDPOINTS && value->type == CONF_LIST ? endpoint_good
        : setting->kind == SETTING_PATHS && value->type == CONF_LIST   ? text_good
        : setting->kind == SETTING_ROLES && value->type == CONF_TABLE  ? permissions_good
        : setting->kind == SETTING_FEEDS && value->type == CONF_TABLE  ? feed_good
                                                                       : NULL;
    for (size_t i = 0; good && i < value->count; i++) {
        if (!good(&value->members[i]))
            return &value->members[i];
    }
    return value;
}

/* What a url says behind its beginning. */
static enum status check_store(const struct setting *setting, const struct conf_value *value,
                               struct fault *fault)
{
    struct fault found;
    if (setting->kind != SETTING_STORE && setting->kind != SETTING_REPLICA)
        return STATUS_OK;
    if (value->type != CONF_TEXT ||
        store_check_url(value->text, setting->kind == SETTING_REPLICA, &found) == STATUS_OK)
        return STATUS_OK;
    return fault_set(fault, STATUS_INVALID, value->where, "%s: %s", setting->name, found.text);
}

/* What came is not shown then. */
static bool may_hold_a_password(const struct setting *setting, const struct conf_value *value)
{
    return (setting->kind == SETTING_STORE || setting->kind == SETTING_REPLICA) &&
           value->type == CONF_TEXT;
}

enum status setting_check(const struct setting *setting, const struct conf_value *value,
                          struct fault *fault)
{
    char expected[160], came[128];
    if (value_good(setting, value))
        return check_store(setting, value, fault);
    const struct conf_value *wrong = culprit(setting, value);
    setting_expectation(setting, expected, sizeof(expected));
    if (setting->kind == SETTING_FEEDS && wrong->key)
        return fault_set(fault, STATUS_INVALID, wrong->where,
                         "%s: expected %s; wrong is \"%.100s\"", setting->name, expected,
                         wrong->key);
    if (may_hold_a_password(setting, wrong))
        return fault_set(fault, STATUS_INVALID, wrong->where, "%s: expected %s", setting->name,
                         expected);
    value_text(wrong, came, sizeof(came));
    return fault_set(fault, STATUS_INVALID, wrong->where, "%s: expected %s, not %s", setting->name,
                     expected, came);
}

/* ---- where it goes ---- */

void setting_store(const struct setting *setting, const struct conf_value *value, void *base)
{
    void *field = (char *)base + setting->offset;
    double number = value->type == CONF_INTEGER ? (double)value->integer : value->number;
    switch (setting->kind) {
    case SETTING_INTEGER: *(int64_t *)field = value->integer; break;
    case SETTING_SECONDS: *(int64_t *)field = llround(number * 1000); break;
    case SETTING_BOOLEAN: *(bool *)field = value->boolean; break;
    case SETTING_CURRENCY:
        *(const struct currency **)field = currency_find(value->text, strlen(value->text));
        break;
    case SETTING_ENDPOINTS:
    case SETTING_PATHS:
    case SETTING_ROLES:
    case SETTING_FEEDS:
    case SETTING_FREE: *(const struct conf_value **)field = value; break;
    default: *(const char **)field = value->text; break;
    }
}

/* ---- from text ---- */

static void value_set_number(struct conf_value *value, const char *text)
{
    char *end;
    errno = 0;
    value->integer = strtoll(text, &end, 10);
    if (errno == 0 && *end == '\0') {
        value->type = CONF_INTEGER;
        return;
    }
    errno = 0;
    value->number = strtod(text, &end);
    if (errno == 0 && *end == '\0')
        value->type = CONF_NUMBER;
}

static void list_add(struct conf_value *list, const char *text, size_t length)
{
    list->members = memory_resize(list->members, (list->count + 1) * sizeof(*list->members));
    list->members[list->count++] = (struct conf_value){
        .type = CONF_TEXT, .where = list->where, .text = memory_text(text, length)};
}

static void value_set_list(struct conf_value *value, const char *text)
{
    value->type = CONF_LIST;
    while (*text) {
        size_t blank = strspn(text, " \t");
        size_t length = strcspn(text + blank, ", \t");
        if (length > 0)
            list_add(value, text + blank, length);
        text += blank + length;
        text += *text == ',';
    }
}

struct conf_value *setting_value_new(const struct setting *setting, const char *text,
                                     const char *where)
{
    struct conf_value *value = memory_new(sizeof(*value));
    value->type = CONF_TEXT;
    value->where = where;
    value->text = text;
    if (setting->kind == SETTING_INTEGER || setting->kind == SETTING_SECONDS) {
        value_set_number(value, text);
    } else if (setting->kind == SETTING_ENDPOINTS || setting->kind == SETTING_PATHS) {
        value_set_list(value, text);
    } else if (setting->kind == SETTING_ROLES || setting->kind == SETTING_FEEDS ||
               setting->kind == SETTING_FREE) {
        value->type = CONF_TABLE;
    } else if (setting->kind == SETTING_BOOLEAN &&
               (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
        value->type = CONF_BOOLEAN;
        value->boolean = text[0] == 't';
    }
    return value;
}

void setting_value_free(struct conf_value **value)
{
    if (!*value)
        return;
    for (size_t i = 0; i < (*value)->count; i++)
        free((char *)(*value)->members[i].text);
    free((*value)->members);
    free(*value);
    *value = NULL;
}
