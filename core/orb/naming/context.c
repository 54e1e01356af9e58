/* The operations of NamingContextExt (OMG Naming Service 1.3, 2.2, 2.3 and 2.4.4). */
#include "naming/servants.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- looking up ---- */

/* What a name leads to: a reference's text, the caller's (free), or a context of ours. */
struct found {
    char *object;
    uint64_t local;
};

static void look_up_last(const struct tree *tree, const struct walk *walk,
                         const struct name_component *last, struct outcome *outcome,
                         struct found *found)
{
    const struct binding *binding = tree_find(tree, walk->context, last->id, last->kind);
    outcome->end = binding ? NAMING_DONE : NAMING_MISSING;
    if (!binding)
        return;
    found->local = binding->local;
    if (binding->object)
        found->object = memory_text(binding->object, strlen(binding->object));
}

static struct outcome look_up(struct naming *naming, uint64_t context,
                              const struct name_component *name, size_t count, struct found *found)
{
    struct outcome outcome = {.end = NAMING_GONE};
    pthread_rwlock_rdlock(&naming->lock);
    if (tree_has(naming->tree, context)) {
        struct walk walk = tree_walk(naming->tree, context, name, count - 1);
        outcome.done = walk.done;
        if (walk.end == WALK_THERE)
            look_up_last(naming->tree, &walk, &name[count - 1], &outcome, found);
        else
            outcome.end = walk.end == WALK_MISSING       ? NAMING_MISSING
                          : walk.end == WALK_NOT_CONTEXT ? NAMING_NOT_CONTEXT
                                                         : NAMING_FOREIGN;
        if (walk.foreign)
            outcome.foreign = memory_text(walk.foreign->object, strlen(walk.foreign->object));
    }
    pthread_rwlock_unlock(&naming->lock);
    return outcome;
}

static void answer_found(const struct asked *asked, const struct found *found)
{
    struct ior *ior = NULL;
    if (!found->object)
        ior = context_reference(asked->servants, found->local);
    else if (ior_parse(found->object, strlen(found->object), &ior, NULL) != STATUS_OK)
        ior = NULL;
    if (ior)
        answer_reference(asked->request, ior);
    else
        orb_reply_exception(asked->request, EXCEPTION_INTERNAL, 0, COMPLETED_NO);
    ior_release(&ior);
}

static void resolve_name(struct asked *asked, const struct name_component *name, size_t count)
{
    struct found found = {0};
    struct outcome outcome = look_up(asked->servants->naming, asked->context, name, count, &found);
    if (outcome.end == NAMING_DONE)
        answer_found(asked, &found);
    else
        answer_end(asked->request, &outcome, name, count);
    free(found.object);
    free(outcome.foreign);
}

static void serve_resolve(struct asked *asked)
{
    struct name_component *name;
    size_t count;
    if (!asked_name(asked, &name, &count))
        return;
    resolve_name(asked, name, count);
    name_free(name, count);
}

/* ---- changing ---- */

static struct change *change_new(const struct asked *asked, enum change_kind kind)
{
    struct change *change = memory_new(sizeof(*change));
    change->home = asked->servants;
    change->request = asked->request;
    change->context = asked->context;
    change->kind = kind;
    return change;
}

static void submit(struct change *change)
{
    struct naming_servants *home = change->home;
    pthread_mutex_lock(&home->lock);
    home->pending++;
    pthread_mutex_unlock(&home->lock);
    naming_submit(home->naming, change);
}

/* NULL, and answered, when there is no good name. */
static struct change *change_of_name(struct asked *asked, enum change_kind kind)
{
    struct name_component *name;
    size_t count;
    if (!asked_name(asked, &name, &count))
        return NULL;
    struct change *change = change_new(asked, kind);
    change->name = name;
    change->name_count = count;
    return change;
}

/* Whether the reference is one of our own contexts, and which. */
static bool is_ours(const struct naming_servants *servants, const struct ior *ior,
                    uint64_t *context)
{
    static const char prefix[] = CONTEXT_KEY;
    const struct profile *profile = ior_iiop(ior);
    char number[20] = "", *end;
    if (!profile || profile->endpoint_count == 0 ||
        strcmp(profile->endpoints[0].host, servants->host) != 0 ||
        profile->endpoints[0].port != servants->port)
        return false;
    size_t length = sizeof(prefix) - 1, rest = profile->key_size - length;
    if (profile->key_size < length || memcmp(profile->key, prefix, length) != 0 ||
        rest >= sizeof(number) || rest == 1 || (rest > 1 && profile->key[length] != '/'))
        return false;
    if (rest > 1)
        memcpy(number, profile->key + length + 1, rest - 1);
    *context = strtoull(number, &end, 16);
    return *end == '\0';
}

/* False, and answered, when what is to be bound is nothing, or too much. */
static bool read_object(struct asked *asked, struct change *change)
{
    struct buffer text = {0};
    struct ior *ior = ior_read(&asked->arguments);
    if (!asked_well(asked))
        return false;
    enum exception_kind wrong = EXCEPTION_NONE;
    if (!ior) {
        wrong = EXCEPTION_BAD_PARAM;
    } else if (!change->binding.is_context ||
               !is_ours(asked->servants, ior, &change->binding.local)) {
        ior_format(ior, &text);
        wrong = text.size > OBJECT_BYTES_LIMIT ? EXCEPTION_IMP_LIMIT : EXCEPTION_NONE;
        change->binding.object = memory_text(text.data, text.size);
    }
    buffer_release(&text);
    ior_release(&ior);
    if (wrong != EXCEPTION_NONE)
        orb_reply_exception(asked->request, wrong, 0, COMPLETED_NO);
    return wrong == EXCEPTION_NONE;
}

static void serve_binding(struct asked *asked, bool is_context, bool replace)
{
    struct change *change = change_of_name(asked, CHANGE_BIND);
    if (!change)
        return;
    change->binding.is_context = is_context;
    change->replace = replace;
    if (read_object(asked, change))
        submit(change);
    else
        change_free(change);
}

static void serve_bind(struct asked *asked)
{
    serve_binding(asked, false, false);
}

static void serve_rebind(struct asked *asked)
{
    serve_binding(asked, false, true);
}

static void serve_bind_context(struct asked *asked)
{
    serve_binding(asked, true, false);
}

static void serve_rebind_context(struct asked *asked)
{
    serve_binding(asked, true, true);
}

static void serve_named(struct asked *asked, enum change_kind kind)
{
    struct change *change = change_of_name(asked, kind);
    if (!change)
        return;
    change->binding.is_context = kind == CHANGE_BIND_NEW_CONTEXT;
    submit(change);
}

static void serve_unbind(struct asked *asked)
{
    serve_named(asked, CHANGE_UNBIND);
}

static void serve_bind_new_context(struct asked *asked)
{
    serve_named(asked, CHANGE_BIND_NEW_CONTEXT);
}

static void serve_new_context(struct asked *asked)
{
    submit(change_new(asked, CHANGE_NEW_CONTEXT));
}

static void serve_destroy(struct asked *asked)
{
    submit(change_new(asked, CHANGE_DESTROY));
}

/* ---- listing ---- */

static void write_rest(struct naming_servants *servants, struct cdr_writer *w,
                       struct listing *listing, size_t from)
{
    char key[sizeof(ITERATOR_KEY) + ITERATOR_KEY_SIZE] = ITERATOR_KEY;
    iterators_add(servants->naming->iterators, listing, from, key + strlen(ITERATOR_KEY));
    struct ior *ior = ior_new(ITERATOR_ID, servants->host, servants->port, key, strlen(key));
    ior_write(w, ior);
    ior_release(&ior);
}

static void serve_list(struct asked *asked)
{
    struct naming *naming = asked->servants->naming;
    uint32_t most = cdr_read_ulong(&asked->arguments);
    if (!asked_well(asked))
        return;
    pthread_rwlock_rdlock(&naming->lock);
    struct listing *listing = listing_new(naming->tree, asked->context);
    pthread_rwlock_unlock(&naming->lock);
    size_t count = most < listing->count ? most : listing->count;
    struct cdr_writer *w = orb_reply_open(asked->request, GIOP_NO_EXCEPTION);
    write_listing(w, listing, count);
    if (count < listing->count) {
        write_rest(asked->servants, w, listing, count);
    } else {
        ior_write(w, NULL);
        listing_free(&listing);
    }
    orb_reply_send(asked->request);
}

/* ---- stringified names ---- */

static void answer_invalid_name(struct asked *asked)
{
    answer_raise(asked->request, "IDL:omg.org/CosNaming/NamingContext/InvalidName:1.0");
}

static bool parse_name(struct asked *asked, struct name_component **name, size_t *count)
{
    char *text = asked_text(asked);
    if (!text)
        return false;
    bool good = name_parse(text, name, count, NULL) == STATUS_OK;
    free(text);
    if (!good)
        answer_invalid_name(asked);
    return good;
}

static void serve_resolve_str(struct asked *asked)
{
    struct name_component *name;
    size_t count;
    if (!parse_name(asked, &name, &count))
        return;
    resolve_name(asked, name, count);
    name_free(name, count);
}

static void serve_to_name(struct asked *asked)
{
    struct name_component *name;
    size_t count;
    if (!parse_name(asked, &name, &count))
        return;
    name_write(orb_reply_open(asked->request, GIOP_NO_EXCEPTION), name, count);
    orb_reply_send(asked->request);
    name_free(name, count);
}

static void serve_to_string(struct asked *asked)
{
    struct name_component *name;
    struct buffer text = {0};
    size_t count;
    if (!asked_name(asked, &name, &count))
        return;
    name_format(name, count, &text);
    answer_text(asked->request, text.data, text.size);
    buffer_release(&text);
    name_free(name, count);
}

/* What may stand in a URL as it is (7.6.10.3 of CORBA 3.3, part 2, after RFC 2396). */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(";/:?@&=+$,-_.!~*'()", c));
}

static void append_escaped(struct buffer *url, const char *name)
{
    for (; *name; name++) {
        if (is_plain(*name))
            buffer_append(url, name, 1);
        else
            buffer_printf(url, "%%%02x", (unsigned char)*name);
    }
}

static void serve_to_url(struct asked *asked)
{
    struct buffer url = {0};
    char *address = asked_text(asked);
    char *name = address ? asked_text(asked) : NULL;
    if (name && !*address) {
        answer_raise(asked->request, "IDL:omg.org/CosNaming/NamingContextExt/InvalidAddress:1.0");
    } else if (name && !*name) {
        answer_invalid_name(asked);
    } else if (name) {
        buffer_printf(&url, "corbaname:%s#", address);
        append_escaped(&url, name);
        answer_text(asked->request, url.data, url.size);
    }
    buffer_release(&url);
    free(address);
    free(name);
}

/* ---- which ---- */

serve *context_operation(const char *name, size_t length)
{
    static const struct {
        const char *name;
        serve *serve;
    } operations[] = {
        {"resolve", serve_resolve},
        {"resolve_str", serve_resolve_str},
        {"bind", serve_bind},
        {"rebind", serve_rebind},
        {"bind_context", serve_bind_context},
        {"rebind_context", serve_rebind_context},
        {"unbind", serve_unbind},
        {"new_context", serve_new_context},
        {"bind_new_context", serve_bind_new_context},
        {"destroy", serve_destroy},
        {"list", serve_list},
        {"to_string", serve_to_string},
        {"to_name", serve_to_name},
        {"to_url", serve_to_url},
    };
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strlen(operations[i].name) == length && memcmp(operations[i].name, name, length) == 0)
            return operations[i].serve;
    }
    return NULL;
}
