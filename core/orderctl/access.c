/* orderctl keys curve, client, clients, revoke: who may come to the ZeroMQ sockets. */
#include "base/json_writer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "bus/clients.h"
#include "bus/curve_key.h"
#include "orderctl/command.h"
#include "orderctl/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command_option out = {
    .name = "out", .value = "FILE", .help = "Where the new key pair goes."};
static const struct command_option clients_file = {
    .name = "clients",
    .value = "FILE",
    .help = "The list of clients. Default: ORDERD_CLIENTS, else clients.json in the state "
            "directory."};
static const struct command_option show = {
    .name = "show", .help = "Make nothing; print the public key of the pair that is there."};
static const struct command_option may_read = {
    .name = "read",
    .value = "TOPIC",
    .help = "A beginning of topics that it may read, as in order. for all of orders; an empty one "
            "allows all. Without it, it reads nothing.",
    .many = true};
static const struct command_option may_send = {
    .name = "send",
    .value = "TOPIC",
    .help = "A beginning of topics that it may send in, as in inventory.; without it, it sends "
            "nothing.",
    .many = true};
static const struct command_option may_have_cursors = {
    .name = "cursors", .help = "It may make, move and delete durable cursors."};
static const struct command_option public_key = {
    .name = "public-key",
    .value = "KEY",
    .help = "The client has made a key pair itself, and this is its public half. No file is "
            "written."};

static const struct command_option option_json = {.name = "json",
                                                  .help = "One JSON object a line, for programs."};

static char *clients_path(const struct invocation *in)
{
    return invocation_path(in, invocation_value(in, &clients_file, NULL), "ORDERD_CLIENTS",
                           "clients.json");
}

/* ---- keys curve ---- */

static int curve_show(const struct invocation *in, const char *path)
{
    struct curve_keys keys;
    struct fault fault;
    if (curve_keys_read(path, &keys, &fault) != STATUS_OK)
        return invocation_fail(in, &fault);
    fprintf(in->out, "%s\n", keys.public_key);
    curve_keys_wipe(&keys);
    return ORDERCTL_DONE;
}

static int curve_make(const struct invocation *in, const char *path)
{
    char key[CURVE_KEY_SIZE];
    struct fault fault;
    int code = invocation_make_directory_of(in, path);
    if (code != ORDERCTL_DONE)
        return code;
    if (curve_keys_generate(path, "orderd", key, &fault) != STATUS_OK)
        return invocation_fail(in, &fault);
    fprintf(in->out, "%s: a new key pair; clients need its public key:\n%s\n", path, key);
    return ORDERCTL_DONE;
}

static int curve(const struct invocation *in)
{
    char *path =
        invocation_path(in, invocation_value(in, &out, NULL), "ORDERD_CURVE_KEY", "curve.key");
    int code = invocation_has(in, &show) ? curve_show(in, path) : curve_make(in, path);
    free(path);
    return code;
}

const struct command command_keys_curve = {
    .name = "keys curve",
    .summary = "make the service's own key pair for ZeroMQ CURVE",
    .description =
        "Writes a new key pair, readable by its owner only, and prints the public half. A file "
        "that is there is never touched. orderd reads it at start when its configuration says "
        "bus.curve = true: its ZeroMQ sockets are encrypted then, and take in those clients that "
        "are in the list of clients (orderctl keys client).\n\nWithout --out the file is "
        "ORDERD_CURVE_KEY, else curve.key in the state directory.",
    .options = {&out, &show, &option_state_dir},
    .run = curve,
};

/* ---- keys client ---- */

static void prefixes_take(const struct invocation *in, const struct command_option *option,
                          struct topic_prefixes *prefixes)
{
    int place = 0;
    prefixes->texts = memory_new(COMMAND_GIVEN_LIMIT * sizeof(*prefixes->texts));
    for (const char *text; (text = invocation_next(in, option, &place));)
        prefixes->texts[prefixes->count++] = (char *)text; /* only read */
}

static int client_check(const struct invocation *in, const struct bus_client *client)
{
    const char *name = in->operands[0], *key = invocation_value(in, &public_key, NULL);
    if (!bus_client_name_good(name))
        return invocation_misused(in, "NAME must be 1 to %d of A-Z a-z 0-9 . _ -",
                                  CLIENT_NAME_LIMIT);
    if (key && !curve_key_good(key))
        return invocation_misused(in, "--public-key must be %d characters of Z85",
                                  CURVE_KEY_LENGTH);
    if (key && invocation_has(in, &out))
        return invocation_misused(in, "--out has no use with --public-key");
    if (client->read.count + client->send.count == 0)
        return invocation_misused(in, "--read or --send is missing: it could do nothing");
    for (size_t i = 0; i < client->read.count + client->send.count; i++) {
        const char *text = i < client->read.count ? client->read.texts[i]
                                                  : client->send.texts[i - client->read.count];
        size_t length = strlen(text);
        if (length > CLIENT_PREFIX_LIMIT || utf8_count(text, length) < 0)
            return invocation_misused(in, "a topic is text (UTF-8) of at most %d bytes",
                                      CLIENT_PREFIX_LIMIT);
    }
    return ORDERCTL_DONE;
}

/* A run that was killed between the two steps has left a pair without a client. */
static void pair_left_explain(const char *path, struct fault *fault)
{
    struct curve_keys keys;
    struct fault ignored;
    if (curve_keys_read(path, &keys, &ignored) != STATUS_OK)
        return;
    (void)fault_set(fault, STATUS_DUPLICATE, path,
                    "there is a key pair already, and it stays; to let it in: --public-key '%s'",
                    keys.public_key);
    curve_keys_wipe(&keys);
}

/* Makes the pair, unless the client has made its own; `made` is where. */
static enum status client_key(const struct invocation *in, struct bus_client *client, char **made,
                              struct fault *fault)
{
    const char *key = invocation_value(in, &public_key, NULL);
    const char *path = invocation_value(in, &out, NULL);
    if (key) {
        memcpy(client->public_key, key, CURVE_KEY_SIZE);
        return STATUS_OK;
    }
    if (path)
        *made = memory_text(path, strlen(path));
    else if (asprintf(made, "%s.key", client->name) < 0)
        abort();
    enum status status = curve_keys_generate(*made, client->name, client->public_key, fault);
    if (status == STATUS_DUPLICATE)
        pair_left_explain(*made, fault);
    if (status != STATUS_OK) {
        free(*made);
        *made = NULL;
    }
    return status;
}

static int client_enter(const struct invocation *in, struct bus_client *client, const char *list)
{
    char *made = NULL;
    struct fault fault;
    enum status status = client_key(in, client, &made, &fault);
    if (status == STATUS_OK)
        status = bus_clients_add(list, client, &fault);
    if (status != STATUS_OK && made)
        unlink(made); /* a key that nobody knows opens nothing */
    int code = status == STATUS_OK ? ORDERCTL_DONE : invocation_fail(in, &fault);
    if (code == ORDERCTL_DONE && made)
        fprintf(in->out, "%s: the key pair of %s; move it to the client, and keep no copy\n", made,
                client->name);
    if (code == ORDERCTL_DONE)
        fprintf(in->out, "%s: %s is in the list from the next `orderctl reload` on\n", list,
                client->name);
    if (code == ORDERCTL_DONE && client->read.count > 0 && !topic_prefixes_cover(&client->read, ""))
        fprintf(in->out, "It may not read everything: bus.publish does not let it in, bus.replay "
                         "does, and so does a feed (bus.feeds) of which it may read all.\n");
    free(made);
    return code;
}

static int client_run(const struct invocation *in)
{
    struct bus_client client = {.cursors = invocation_has(in, &may_have_cursors)};
    prefixes_take(in, &may_read, &client.read);
    prefixes_take(in, &may_send, &client.send);
    int code = client_check(in, &client);
    if (code == ORDERCTL_DONE) {
        char *list = clients_path(in);
        snprintf(client.name, sizeof(client.name), "%s", in->operands[0]);
        code = invocation_make_directory_of(in, list);
        if (code == ORDERCTL_DONE)
            code = client_enter(in, &client, list);
        free(list);
    }
    free(client.read.texts);
    free(client.send.texts);
    return code;
}

const struct command command_keys_client = {
    .name = "keys client",
    .summary = "let a client in: its key pair, and what it may read and send",
    .description =
        "Puts a client into the list of clients, and makes a key pair for it, NAME.key where it "
        "is run if --out does not say otherwise. A running orderd takes the list at the next "
        "reload.\n\nA client that may not read everything is not let in at bus.publish, which "
        "carries everything, but at those bus.feeds of which it may read all, and at bus.replay.",
    .options = {&may_read, &may_send, &may_have_cursors, &out, &public_key, &clients_file,
                &option_state_dir},
    .operands = "NAME",
    .least = 1,
    .most = 1,
    .examples = "orderctl keys client billing --read order. --cursors\n"
                "orderctl keys client inventory --send inventory.\n"
                "orderctl keys client audit --read '' --public-key 'KEY'\n",
    .run = client_run,
};

/* ---- keys clients ---- */

/* "order. alert." as far as there is room; all is told by the file. */
static void prefixes_text(const struct topic_prefixes *prefixes, char *text, size_t size)
{
    size_t used = 0;
    snprintf(text, size, "%s", prefixes->count == 0 ? "-" : "");
    for (size_t i = 0; i < prefixes->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "",
                                 prefixes->texts[i][0] ? prefixes->texts[i] : "(all)");
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct bus_client *)a)->name, ((const struct bus_client *)b)->name);
}

static void client_row(struct table *table, const struct bus_client *client)
{
    char read[128], send[128];
    prefixes_text(&client->read, read, sizeof(read));
    prefixes_text(&client->send, send, sizeof(send));
    const char *const cells[] = {client->name, client->public_key, read, send,
                                 client->cursors ? "yes" : "no"};
    table_add(table, cells);
}

static void prefixes_write(struct json_writer *w, const char *name,
                           const struct topic_prefixes *prefixes)
{
    json_key(w, name);
    json_open_array(w);
    for (size_t i = 0; i < prefixes->count; i++)
        json_string_of(w, prefixes->texts[i]);
    json_close_array(w);
}

static void client_line(FILE *stream, const struct bus_client *client)
{
    struct buffer line = {0};
    struct json_writer w = {.out = &line};
    json_open_object(&w);
    json_key(&w, "name");
    json_string_of(&w, client->name);
    json_key(&w, "public_key");
    json_string_of(&w, client->public_key);
    prefixes_write(&w, "read", &client->read);
    prefixes_write(&w, "send", &client->send);
    json_key(&w, "cursors");
    json_truth(&w, client->cursors);
    json_close_object(&w);
    fprintf(stream, "%.*s\n", (int)line.size, line.data);
    buffer_release(&line);
}

static void clients_print(const struct invocation *in, struct bus_clients *clients)
{
    static const char *const columns[] = {"NAME", "PUBLIC KEY", "MAY READ", "MAY SEND", "CURSORS"};
    struct table table = {.names = columns, .columns = sizeof(columns) / sizeof(columns[0])};
    if (clients->count > 1)
        qsort(clients->entries, clients->count, sizeof(*clients->entries), by_name);
    for (size_t i = 0; i < clients->count; i++) {
        if (invocation_has(in, &option_json))
            client_line(in->out, &clients->entries[i]);
        else
            client_row(&table, &clients->entries[i]);
    }
    table_print(&table, in->out);
    table_release(&table);
}

static int clients_run(const struct invocation *in)
{
    struct fault fault;
    struct bus_clients *clients = NULL;
    char *list = clients_path(in);
    int code = ORDERCTL_DONE;
    if (bus_clients_read(list, &clients, &fault) == STATUS_OK)
        clients_print(in, clients);
    else
        code = invocation_fail(in, &fault);
    bus_clients_free(&clients);
    free(list);
    return code;
}

const struct command command_keys_clients = {
    .name = "keys clients",
    .summary = "list the clients that are let in",
    .description = "Prints the list of clients as it stands in the file, by name. What a running "
                   "orderd has in force is the list at its last start or reload.",
    .options = {&option_json, &clients_file, &option_state_dir},
    .run = clients_run,
};

/* ---- keys revoke ---- */

static int revoke_run(const struct invocation *in)
{
    struct fault fault;
    char *list = clients_path(in);
    int code = ORDERCTL_DONE;
    if (bus_clients_remove(list, in->operands[0], &fault) != STATUS_OK)
        code = invocation_fail(in, &fault);
    else
        fprintf(in->out,
                "%s: %s is let in no more from the next `orderctl reload` on; cursors that it made "
                "stay (orderctl cursors)\n",
                list, in->operands[0]);
    free(list);
    return code;
}

const struct command command_keys_revoke = {
    .name = "keys revoke",
    .summary = "take a client out of the list",
    .description =
        "Removes a client from the list of clients. At the next reload a running orderd ends its "
        "connections to what is published, and refuses whatever else it asks.",
    .options = {&clients_file, &option_state_dir},
    .operands = "NAME",
    .least = 1,
    .most = 1,
    .run = revoke_run,
};
