/* Taking a url apart. */
#include "store/postgres/url.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is added where the url does not say it. */
static const char *const defaults[][2] = {
    {"application_name", "orderd"},
    {"client_encoding", "UTF8"},
    /* A dead machine is noticed even while nothing is sent, and soon when something is. */
    {"keepalives_idle", "5"},
    {"keepalives_interval", "2"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "5000"},
};
enum { DEFAULTS = sizeof(defaults) / sizeof(defaults[0]), HOSTS_LIMIT = 16 };

struct host {
    const char **keywords;
    const char **values;
    size_t count;
    char *name;
};

struct pg_url {
    PQconninfoOption *options;
    struct host *hosts;
    size_t host_count;
    char **texts; /* parts of lists, made here */
    size_t text_count;
    bool writes;
};

static const char *option(const struct pg_url *url, const char *keyword)
{
    for (const PQconninfoOption *at = url->options; at->keyword != NULL; at++)
        if (strcmp(at->keyword, keyword) == 0)
            return at->val != NULL && at->val[0] != '\0' ? at->val : NULL;
    return NULL;
}

/* ---- lists ---- */

static size_t list_length(const char *list)
{
    size_t count = 1;

    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

/* Member `index` of a list, or the only one of a list of one; NULL when it is empty. */
static const char *list_member(struct pg_url *url, const char *list, size_t index)
{
    const char *begin = list;
    size_t length;

    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < index && strchr(begin, ',') != NULL; i++)
        begin = strchr(begin, ',') + 1;
    length = strcspn(begin, ",");
    if (length == 0)
        return NULL;
    url->texts = memory_resize(url->texts, (url->text_count + 1) * sizeof(*url->texts));
    return url->texts[url->text_count++] = memory_text(begin, length);
}

/* ---- one host ---- */

static void add(struct host *host, const char *keyword, const char *value)
{
    if (value == NULL)
        return;
    host->keywords[host->count] = keyword;
    host->values[host->count++] = value;
}

static bool is_of_host(const char *keyword)
{
    return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 ||
           strcmp(keyword, "port") == 0;
}

static void name_host(struct host *host, const char *name, const char *port)
{
    if (asprintf(&host->name, "%s%s%s", name == NULL ? "the local socket" : name,
                 port == NULL ? "" : ":", port == NULL ? "" : port) < 0)
        host->name = memory_text("?", 1);
}

static void make_host(struct pg_url *url, size_t index, bool writes)
{
    struct host *host = &url->hosts[index];
    const char *name = list_member(url, option(url, "host"), index);
    const char *address = list_member(url, option(url, "hostaddr"), index);
    const char *port = list_member(url, option(url, "port"), index);
    size_t room = DEFAULTS + 8;

    for (const PQconninfoOption *at = url->options; at->keyword != NULL; at++)
        room++;
    host->keywords = memory_new(room * sizeof(*host->keywords));
    host->values = memory_new(room * sizeof(*host->values));
    add(host, "host", name);
    add(host, "hostaddr", address);
    add(host, "port", port);
    for (const PQconninfoOption *at = url->options; at->keyword != NULL; at++)
        if (!is_of_host(at->keyword))
            add(host, at->keyword, option(url, at->keyword));
    for (size_t i = 0; i < DEFAULTS; i++)
        if (option(url, defaults[i][0]) == NULL)
            add(host, defaults[i][0], defaults[i][1]);
    if (writes && option(url, "target_session_attrs") == NULL)
        add(host, "target_session_attrs", "read-write");
    name_host(host, name != NULL ? name : address, port);
}

/* ---- the url ---- */

static enum status count_hosts(const struct pg_url *url, const char *where, size_t *count,
                               struct fault *fault)
{
    const char *names = option(url, "host"), *addresses = option(url, "hostaddr");
    const char *ports = option(url, "port");
    size_t of_names = names == NULL ? 0 : list_length(names);
    size_t of_addresses = addresses == NULL ? 0 : list_length(addresses);
    size_t of_ports = ports == NULL ? 1 : list_length(ports);

    *count = of_names > of_addresses ? of_names : of_addresses;
    if (*count == 0)
        *count = 1;
    if (*count > HOSTS_LIMIT)
        return fault_set(fault, STATUS_INVALID, where, "names more than %d hosts", HOSTS_LIMIT);
    if ((of_names > 0 && of_addresses > 0 && of_names != of_addresses) ||
        (of_ports != 1 && of_ports != *count))
        return fault_set(fault, STATUS_INVALID, where,
                         "names %zu hosts and %zu ports: there must be one port, or one for each",
                         *count, of_ports);
    return STATUS_OK;
}

/* libpq would find out only when it connects. */
static enum status check_ports(const struct pg_url *url, const char *where, struct fault *fault)
{
    const char *at = option(url, "port");

    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, ",");
        long port = length == 0 ? 1 : strtol(at, NULL, 10);
        if (strspn(at, "0123456789") != length || length > 5 || port < 1 || port > 65535)
            return fault_set(fault, STATUS_INVALID, where,
                             "names a port that is no number from 1 to 65535");
        at += length + (at[length] == ',');
    }
    return STATUS_OK;
}

static enum status check_attributes(const struct pg_url *url, const char *where,
                                    struct fault *fault)
{
    const char *attributes = option(url, "target_session_attrs");

    if (attributes == NULL || strcmp(attributes, "any") == 0 ||
        strcmp(attributes, "read-write") == 0 || strcmp(attributes, "primary") == 0)
        return STATUS_OK;
    return fault_set(fault, STATUS_INVALID, where,
                     "has a target_session_attrs other than any, read-write and primary: what is"
                     " kept there has to be written");
}

enum status pg_url_parse(const char *text, const char *name, bool writes, struct pg_url **url,
                         struct fault *fault)
{
    struct pg_url *made = memory_new(sizeof(*made));
    char *complaint = NULL;
    size_t count = 0;
    enum status status;

    made->writes = writes;
    made->options = PQconninfoParse(text, &complaint);
    PQfreemem(complaint);
    if (made->options == NULL) {
        free(made);
        return fault_set(fault, STATUS_INVALID, name,
                         "must be postgres://user:password@host:port/database, with options of"
                         " libpq behind a '?'");
    }
    status = writes ? check_attributes(made, name, fault) : STATUS_OK;
    if (status == STATUS_OK)
        status = check_ports(made, name, fault);
    if (status == STATUS_OK)
        status = count_hosts(made, name, &count, fault);
    if (status == STATUS_OK) {
        made->hosts = memory_new(count * sizeof(*made->hosts));
        made->host_count = count;
        for (size_t i = 0; i < count; i++)
            make_host(made, i, writes);
        *url = made;
    } else {
        pg_url_free(&made);
    }
    return status;
}

void pg_url_free(struct pg_url **url)
{
    struct pg_url *freed = *url;

    if (freed == NULL)
        return;
    *url = NULL;
    for (size_t i = 0; i < freed->host_count; i++) {
        free(freed->hosts[i].keywords);
        free(freed->hosts[i].values);
        free(freed->hosts[i].name);
    }
    free(freed->hosts);
    for (size_t i = 0; i < freed->text_count; i++)
        free(freed->texts[i]);
    free(freed->texts);
    PQconninfoFree(freed->options);
    free(freed);
}

size_t pg_url_hosts(const struct pg_url *url)
{
    return url->host_count;
}

const char *pg_url_host_name(const struct pg_url *url, size_t host)
{
    return url->hosts[host].name;
}

char *pg_url_describe(const struct pg_url *url)
{
    const char *database = option(url, "dbname");
    struct buffer text = {0};

    for (size_t i = 0; i < url->host_count; i++)
        buffer_printf(&text, "%s%s", i == 0 ? "postgres " : ",", url->hosts[i].name);
    if (database != NULL)
        buffer_printf(&text, "/%s", database);
    buffer_append(&text, "", 1);
    return text.data;
}

bool pg_url_writes(const struct pg_url *url)
{
    return url->writes;
}

struct pg_parameters pg_url_parameters(const struct pg_url *url, size_t host)
{
    return (struct pg_parameters){url->hosts[host].keywords, url->hosts[host].values};
}
