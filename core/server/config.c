/* From the file, the environment and the defaults to one checked struct. Each setting takes its
 * value from the environment, else from the file, else from the table; all three are checked the
 * same way, and the first fault ends it. */
#include "server/config.h"

#include "base/log.h"
#include "base/memory.h"
#include "server/setting.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the configuration owns. */
struct config_memory {
    struct conf_value *root;
    const struct conf_value **values; /* of each setting; NULL: none */
    struct conf_value **made;         /* values from the environment and the table, for each */
    char **texts;                     /* defaults with their directory put in, for each */
    struct conf_value *integrations;
    struct role *roles;
    const char **idl;
};

/* ---- keys that nobody knows ---- */

static bool is_section(const char *path)
{
    size_t length = strlen(path);
    for (size_t i = 0; i < settings_count; i++) {
        if (strncmp(settings[i].name, path, length) == 0 && settings[i].name[length] == '.')
            return true;
    }
    return false;
}

/* "header_bytes, header_count, listen": what may stand at this place. */
static void keys_text(const char *section, char *text, size_t size)
{
    size_t prefix = strlen(section), used = 0;
    const char *last = "";
    size_t last_length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < settings_count; i++) {
        const char *name = settings[i].name;
        if (prefix > 0 && (strncmp(name, section, prefix) != 0 || name[prefix] != '.'))
            continue;
        const char *key = name + prefix + (prefix > 0);
        size_t length = strcspn(key, ".");
        if (length == last_length && strncmp(key, last, length) == 0)
            continue;
        last = key;
        last_length = length;
        int added =
            snprintf(text + used, size - used, "%s%.*s", used ? ", " : "", (int)length, key);
        if (added < 0 || (size_t)added >= size - used)
            return;
        used += (size_t)added;
    }
}

static bool is_no_store(const char *path, const struct conf_value *value)
{
    return strcmp(path, "store") == 0 && value->type == CONF_BOOLEAN && !value->boolean;
}

static enum status unknown_key(const char *section, const char *path,
                               const struct conf_value *value, struct fault *fault)
{
    char known[320];
    keys_text(section, known, sizeof(known));
    return fault_set(fault, STATUS_INVALID, value->where, "%.100s: unknown key; known here: %s",
                     path, known);
}

static enum status keys_check(const struct conf_value *table, const char *section,
                              struct fault *fault)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct conf_value *value = &table->members[i];
        char path[192];
        snprintf(path, sizeof(path), "%s%s%s", section, *section ? "." : "",
                 value->key ? value->key : "[a list]");
        if (setting_find(path) || is_no_store(path, value))
            continue;
        if (!is_section(path))
            return unknown_key(section, path, value, fault);
        if (value->type != CONF_TABLE && value->count == 0 && value->type != CONF_LIST)
            return fault_set(fault, STATUS_INVALID, value->where, "%s: expected a table, not %s",
                             path, conf_type_name(value->type));
        enum status status = keys_check(value, path, fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ---- values ---- */

static const struct conf_value *value_in_file(const struct conf_value *root, const char *name)
{
    const struct conf_value *value = root;
    while (value && *name) {
        char key[64];
        size_t length = strcspn(name, ".");
        snprintf(key, sizeof(key), "%.*s", (int)length, name);
        value = value->type == CONF_TABLE ? conf_member(value, key) : NULL;
        name += length;
        name += *name == '.';
    }
    return value;
}

/* An empty variable is one that is not set, but for a list, which it empties. */
static const char *value_in_environment(const struct config *config, const struct setting *setting)
{
    const char *text = setting->environment ? getenv(setting->environment) : NULL;
    bool of_store = strncmp(setting->name, "store.", 6) == 0;
    if (!text || (of_store && !config->has_store))
        return NULL;
    return *text || setting->kind == SETTING_ENDPOINTS ? text : NULL;
}

static char *fallback_text(const struct config *config, const char *fallback)
{
    static const char place[] = "<state_dir>";
    const char *found = strstr(fallback, place);
    char *text = NULL;
    if (!found)
        return memory_text(fallback, strlen(fallback));
    if (asprintf(&text, "%.*s%s%s", (int)(found - fallback), fallback, config->state_dir,
                 found + strlen(place)) < 0)
        abort();
    return text;
}

/* A table of none is empty; a text of none is no value at all. */
static bool may_be_missing(const struct setting *setting)
{
    return !setting->fallback &&
           (setting->kind == SETTING_PUBLIC || setting->kind == SETTING_REPLICA);
}

/* NULL: there is none, and need be none. */
static const struct conf_value *value_find(struct config *config, size_t index)
{
    struct config_memory *memory = config->memory;
    const struct setting *setting = &settings[index];
    const char *text = value_in_environment(config, setting);
    if (text)
        return memory->made[index] = setting_value_new(setting, text, setting->environment);
    const struct conf_value *value = value_in_file(memory->root, setting->name);
    if (value)
        return value;
    if (may_be_missing(setting))
        return NULL;
    memory->texts[index] = fallback_text(config, setting->fallback ? setting->fallback : "");
    return memory->made[index] = setting_value_new(setting, memory->texts[index], "default");
}

static enum status values_take(struct config *config, struct fault *fault)
{
    for (size_t i = 0; i < settings_count; i++) {
        const struct conf_value *value = value_find(config, i);
        if (!value)
            continue;
        enum status status = setting_check(&settings[i], value, fault);
        if (status != STATUS_OK)
            return status;
        config->memory->values[i] = value;
        if (settings[i].offset != SETTING_FOR_SCRIPTS)
            setting_store(&settings[i], value, config);
    }
    return STATUS_OK;
}

/* ---- what is made from the values ---- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct conf_value *)a)->key, ((const struct conf_value *)b)->key);
}

static struct conf_value *member_add(struct conf_value *table, const struct conf_value *value,
                                     const char *key, size_t length)
{
    table->members = memory_resize(table->members, (table->count + 1) * sizeof(*table->members));
    struct conf_value *member = &table->members[table->count++];
    *member = *value;
    member->key = memory_text(key, length);
    return member;
}

/* The settings below a section as a table, which is what scripts see of them. */
static void table_build(const struct config_memory *memory, const char *section,
                        struct conf_value *table)
{
    const struct conf_value empty = {.type = CONF_TABLE, .where = "default"};
    size_t prefix = strlen(section);
    for (size_t i = 0; i < settings_count; i++) {
        const char *name = settings[i].name;
        if (strncmp(name, section, prefix) != 0 || name[prefix] != '.')
            continue;
        const char *key = name + prefix + 1;
        size_t length = strcspn(key, ".");
        const char *last = table->count > 0 ? table->members[table->count - 1].key : "";
        if (strlen(last) == length && strncmp(last, key, length) == 0)
            continue; /* a section within, and already here */
        bool leaf = key[length] == '\0';
        struct conf_value *member =
            member_add(table, leaf ? memory->values[i] : &empty, key, length);
        if (!leaf) {
            char within[128];
            snprintf(within, sizeof(within), "%.*s", (int)(prefix + 1 + length), name);
            table_build(memory, within, member);
        }
    }
    if (table->count > 1)
        qsort(table->members, table->count, sizeof(*table->members), by_key);
}

/* What table_build made: the keys and the tables are its own, the values are not. */
static void table_release(struct conf_value *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free((char *)table->members[i].key);
        if (table->members[i].type == CONF_TABLE)
            table_release(&table->members[i]);
    }
    free(table->members);
}

static const char *const customer_may[] = {"orders:create", "orders:read", "orders:cancel", NULL};
static const char *const pharmacist_may[] = {
    "orders:create",     "orders:read", "orders:read:any", "orders:update", "orders:cancel",
    "orders:cancel:any", NULL};
static const char *const admin_may[] = {
    "orders:create", "orders:read",       "orders:read:any", "orders:update",
    "orders:cancel", "orders:cancel:any", "ops:admin",       NULL};
static const struct role default_roles[] = {
    {"customer", customer_may}, {"pharmacist", pharmacist_may}, {"admin", admin_may}, {NULL, NULL}};

/* The texts of a list; NULL ends. */
static const char **texts_new(const struct conf_value *list)
{
    const char **texts = memory_new((list->count + 1) * sizeof(*texts));
    for (size_t i = 0; i < list->count; i++)
        texts[i] = list->members[i].text;
    return texts;
}

static const struct role *roles_make(struct config *config)
{
    const struct conf_value *table = config->identity.roles;
    if (!value_in_file(config->memory->root, "identity.roles"))
        return default_roles;
    struct role *roles = memory_new((table->count + 1) * sizeof(*roles));
    for (size_t i = 0; i < table->count; i++)
        roles[i] = (struct role){.name = table->members[i].key,
                                 .permissions = texts_new(&table->members[i])};
    return config->memory->roles = roles;
}

/* A limit of all that is below the limit of one could never be used whole. Only the file can say
 * so: the defaults fit each other. */
static enum status least_check(const struct config *config, const char *name, int64_t value,
                               const char *other, int64_t least, struct fault *fault)
{
    if (value >= least)
        return STATUS_OK;
    const struct conf_value *place = value_in_file(config->memory->root, name);
    if (!place)
        place = value_in_file(config->memory->root, other);
    return fault_set(fault, STATUS_INVALID, place ? place->where : NULL,
                     "%s: expected at least %s, which is %" PRId64, name, other, least);
}

static enum status limits_check(const struct config *config, struct fault *fault)
{
    enum status status = least_check(config, "http.bodies_bytes", config->http.bodies_bytes,
                                     "http.body_bytes", config->http.body_bytes, fault);
    if (status == STATUS_OK)
        status = least_check(config, "orb.reassembly_bytes", config->orb.reassembly_bytes,
                             "orb.message_bytes", config->orb.message_bytes, fault);
    if (status == STATUS_OK)
        status =
            least_check(config, "orb.reassembly_total_bytes", config->orb.reassembly_total_bytes,
                        "orb.reassembly_bytes", config->orb.reassembly_bytes, fault);
    return status;
}

/* An address is numeric (setting.h): 127.0.0.0/8 or ::1. */
static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]:", 6) == 0;
}

static enum status socket_check(const char *name, const char *address, struct fault *fault)
{
    if (is_loopback(address))
        return STATUS_OK;
    return fault_set(
        fault, STATUS_INVALID, NULL,
        "%s: %s is not loopback, and whoever reaches it reads events or sends in: bus.curve = true "
        "lets in known clients only, bus.open_to_all = true says that everybody is meant",
        name, address);
}

/* Port 0 is another one each time. */
static enum status feeds_check(const struct config *config, struct fault *fault)
{
    const struct conf_value *feeds = config->bus.feeds;
    const struct {
        const char *name, *address;
    } others[] = {{"bus.publish", config->bus.publish},
                  {"bus.replay", config->bus.replay},
                  {"bus.ingest", config->bus.ingest}};
    for (size_t i = 0; i < feeds->count; i++) {
        for (size_t j = 0; j < sizeof(others) / sizeof(others[0]); j++) {
            size_t length = strlen(others[j].address);
            bool any = length > 2 && strcmp(others[j].address + length - 2, ":0") == 0;
            if (!any && strcmp(feeds->members[i].key, others[j].address) == 0)
                return fault_set(fault, STATUS_INVALID, feeds->members[i].where,
                                 "bus.feeds: %s is the address of %s", others[j].address,
                                 others[j].name);
        }
    }
    return STATUS_OK;
}

/* Without CURVE, what ZeroMQ sends is not encrypted, and nobody is asked who he is. */
static enum status bus_check(const struct config *config, struct fault *fault)
{
    enum status status = feeds_check(config, fault);
    if (status != STATUS_OK || config->bus.curve || config->bus.open_to_all)
        return status;
    status = socket_check("bus.publish", config->bus.publish, fault);
    for (size_t i = 0; status == STATUS_OK && i < config->bus.feeds->count; i++)
        status = socket_check("bus.feeds", config->bus.feeds->members[i].key, fault);
    if (status == STATUS_OK && config->has_store)
        status = socket_check("bus.replay", config->bus.replay, fault);
    if (status == STATUS_OK && config->has_store)
        status = socket_check("bus.ingest", config->bus.ingest, fault);
    return status;
}

static enum log_format format_parse(const char *name)
{
    return strcmp(name, "json") == 0     ? LOG_JSON
           : strcmp(name, "logfmt") == 0 ? LOG_LOGFMT
                                         : LOG_AUTO;
}

static int64_t processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < CONFIG_WORKERS_LIMIT ? count : CONFIG_WORKERS_LIMIT;
}

static enum status config_finish(struct config *config, struct fault *fault)
{
    static const struct conf_value empty = {.type = CONF_TABLE, .where = "default"};
    struct config_memory *memory = config->memory;
    if (config->workers == 0)
        config->workers = processors();
    config->log_format = format_parse(config->log.format);
    config->log_all_requests = strcmp(config->log.requests, "all") == 0;
    config->roles = roles_make(config);
    config->idl = memory->idl = texts_new(config->orb.idl);
    memory->integrations = memory_new(sizeof(*memory->integrations));
    *memory->integrations = empty;
    table_build(memory, "integrations", memory->integrations);
    config->integrations = memory->integrations;
    if (log_level_parse(config->log.level, &config->log_level) != STATUS_OK)
        return fault_set(fault, STATUS_INTERNAL, NULL, "log.level: %s is not known to the log",
                         config->log.level);
    enum status status = limits_check(config, fault);
    return status == STATUS_OK ? bus_check(config, fault) : status;
}

/* ---- variables that are none ---- */

static bool is_named(const char *known, const char *name, size_t length)
{
    return known && strlen(known) == length && strncmp(known, name, length) == 0;
}

static bool is_taken(const char *name, size_t length)
{
    for (size_t i = 0; i < settings_count; i++) {
        if (is_named(settings[i].environment, name, length))
            return true;
    }
    return is_named("ORDERD_IDL", name, length); /* orderctl's own */
}

void config_warn_of_variables(void)
{
    for (char **variable = environ; *variable; variable++) {
        size_t length = strcspn(*variable, "=");
        if (strncmp(*variable, "ORDERD_", strlen("ORDERD_")) == 0 && !is_taken(*variable, length))
            log_warning("no setting takes this variable",
                        LOG_TEXT_N("variable", *variable, length));
    }
}

/* ---- life ---- */

enum status config_read(const char *path, struct config *config, struct fault *fault)
{
    struct config_memory *memory = memory_new(sizeof(*memory));
    *config = (struct config){.memory = memory};
    memory->values = memory_new(settings_count * sizeof(struct conf_value *));
    memory->made = memory_new(settings_count * sizeof(struct conf_value *));
    memory->texts = memory_new(settings_count * sizeof(char *));

    enum status status = conf_read(path, &memory->root, fault);
    if (status == STATUS_OK) {
        const struct conf_value *store = conf_member(memory->root, "store");
        config->has_store = !store || !is_no_store("store", store);
        status = keys_check(memory->root, "", fault);
    }
    if (status == STATUS_OK)
        status = values_take(config, fault);
    if (status == STATUS_OK)
        status = config_finish(config, fault);
    if (status != STATUS_OK)
        config_release(config);
    return status;
}

void config_release(struct config *config)
{
    struct config_memory *memory = config->memory;
    if (!memory)
        return;
    for (size_t i = 0; i < settings_count; i++) {
        setting_value_free(&memory->made[i]);
        free(memory->texts[i]);
    }
    for (struct role *role = memory->roles; role && role->name; role++)
        free((void *)role->permissions);
    free(memory->roles);
    free(memory->idl);
    if (memory->integrations)
        table_release(memory->integrations);
    free(memory->integrations);
    free(memory->values);
    free(memory->made);
    free(memory->texts);
    conf_free(&memory->root);
    free(memory);
    *config = (struct config){0};
}
