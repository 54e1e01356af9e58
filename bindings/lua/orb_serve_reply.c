/* Replies that go only after the interceptor has been told: it is to see how a request really ends,
 * and may add service contexts, which stand before the body.
 *
 * So the body is written first, taken back and kept as bytes; they are put behind the contexts
 * then. Nothing of the script's is asked again in between, so that what was told stays true. */
#include "base/log.h"
#include "bindings/orb_except.h"
#include "bindings/orb_intercept.h"
#include "bindings/orb_serve_end.h"

#include <string.h>

enum {
    TELL_INSTRUCTIONS = 100000,
    /* Before GIOP 1.2 a body begins wherever the contexts end. One more of 12 bytes, which
     * everybody passes over, moves it by half of what values are aligned to. */
    CONTEXT_PADDING = 0x4f524402,
};

/* ---- kept ---- */

static size_t phase_of(const struct cdr_writer *w, size_t at)
{
    return (at - w->origin) % 8;
}

struct cdr_writer *serving_open(struct serving *serving, enum giop_reply_status status)
{
    serving->kept.status = status;
    serving->open = orb_reply_open(serving->request, status);
    serving->body_at = serving->open->out->size;
    return serving->open;
}

void serving_abandon(struct serving *serving)
{
    if (serving->open)
        orb_reply_abandon(serving->request);
    serving->open = NULL;
}

void serving_keep(struct serving *serving)
{
    const struct cdr_writer *w = serving->open;
    struct kept_reply *kept = &serving->kept;
    buffer_clear(&kept->bytes);
    buffer_append(&kept->bytes, w->out->data + serving->body_at, w->out->size - serving->body_at);
    kept->phase = phase_of(w, serving->body_at);
    kept->wide = w->wide;
    serving_abandon(serving);
}

void serving_send_kept(struct serving *serving)
{
    static const char padding[4];
    const struct kept_reply *kept = &serving->kept;
    struct cdr_writer *w = serving_open(serving, kept->status);
    if (phase_of(w, serving->body_at) != kept->phase) {
        serving_abandon(serving);
        orb_reply_add_context(serving->request, CONTEXT_PADDING, padding, sizeof(padding));
        w = serving_open(serving, kept->status);
    }
    buffer_append(w->out, kept->bytes.data, kept->bytes.size);
    w->wide = kept->wide;
    serving->open = NULL;
    orb_reply_send(serving->request);
}

/* ---- telling ---- */

struct telling {
    struct serving *serving;
    const struct ending *ending;
};

/* Makes of the error value at 2 what the caller gets, as far as this side can see it. */
static void make_exception(lua_State *L, const struct ending *ending)
{
    bool marked = except_is(L, 2);
    if (ending->user && !marked && !lua_getmetatable(L, 2))
        except_mark(L, ending->user->id, strlen(ending->user->id));
    lua_settop(L, 2);
    if (!ending->system.kind || (marked && ending->end == SERVING_RAISED))
        return;
    except_push_system(L, &ending->system, ending->why[0] ? ending->why : NULL);
    lua_replace(L, 2);
}

/* A struct telling at 1, the error value at 2. */
static int tell(lua_State *L)
{
    const struct telling *telling = lua_touserdata(L, 1);
    struct serving *serving = telling->serving;
    bool failed = telling->ending->end != SERVING_RETURNED;
    if (failed)
        make_exception(L, telling->ending);
    int told = serving->told;
    serving->told = LUA_NOREF;
    intercept_answer(L, serving->servant->orb, told, serving->request, failed ? 2 : 0);
    return 0;
}

bool serving_tell(struct serving *serving, lua_State *main, const struct ending *ending)
{
    struct telling telling = {.serving = serving, .ending = ending};
    if (serving->told == LUA_NOREF)
        return true;
    lua_pushcfunction(main, tell);
    lua_pushlightuserdata(main, &telling);
    lua_pushvalue(main, -3);
    log_set_trace(serving->trace.id);
    enum status status = task_call_bounded(main, 2, 0, TELL_INSTRUCTIONS);
    log_set_trace(NULL);
    return status == STATUS_OK;
}
