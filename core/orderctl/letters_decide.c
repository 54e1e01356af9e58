/* orderctl dead-letters retry and drop: one by one, by id or all that there are. */
#include "base/clock.h"
#include "base/memory.h"
#include "orderctl/letters.h"
#include "orderctl/plain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_LIMIT_S = 3600, LOOK_AGAIN_NS = 200000000 };

static const struct command_option option_all = {
    .name = "all", .help = "All that there are, or with --source all of that one."};
static const struct command_option option_wait = {
    .name = "wait",
    .value = "SECONDS",
    .help = "Wait up to so long until each has been tried, and tell what became of it.",
};

/* What is done to each letter. */
struct decision {
    const struct invocation *in;
    struct service *service;
    const char *method, *suffix; /* of the path */
    const char *done;            /* "dropped" */
    int code;
    /* For whoever waits: those that it was done to. */
    int64_t *ids;
    size_t count, room;
};

/* ---- doing ---- */

static void note_id(struct decision *decision, int64_t id)
{
    if (decision->count == decision->room) {
        decision->room = decision->room ? decision->room * 2 : 64;
        decision->ids = memory_resize(decision->ids, decision->room * sizeof(*decision->ids));
    }
    decision->ids[decision->count++] = id;
}

static void complain(struct decision *decision, int64_t id, struct service_reply *reply)
{
    const struct invocation *in = decision->in;
    decision->code = ORDERCTL_FAILED;
    if (strcmp(service_problem(reply), "dead-letter-not-found") == 0)
        fprintf(in->err, "orderctl %s: there is no dead letter %" PRId64 "\n", in->command->name,
                id);
    else
        (void)service_fail(decision->service, reply);
}

static void decide(struct decision *decision, int64_t id)
{
    struct service_reply reply;
    char path[96];
    snprintf(path, sizeof(path), "/dead-letters/%" PRId64 "%s", id, decision->suffix);
    (void)service_ask(decision->service, decision->method, path, &reply);
    if (service_reply_good(&reply)) {
        fprintf(decision->in->out, "%" PRId64 ": %s\n", id, decision->done);
        note_id(decision, id);
    } else {
        complain(decision, id, &reply);
    }
    service_reply_release(&reply);
}

static void decide_letter(void *arg, const json_t *letter)
{
    decide(arg, letters_id(letter));
}

static int check_usage(const struct invocation *in)
{
    int64_t id;
    bool all = invocation_has(in, &option_all);
    if (all == (in->operand_count > 0))
        return invocation_misused(in, "it takes ids or --all");
    if (!all && invocation_has(in, &option_source))
        return invocation_misused(in, "--source goes with --all");
    for (int i = 0; i < in->operand_count; i++)
        if (!letters_id_read(in->operands[i], &id))
            return invocation_misused(in, "%s is no id of a dead letter", in->operands[i]);
    return ORDERCTL_DONE;
}

static void decide_all(struct decision *decision)
{
    const struct invocation *in = decision->in;
    int64_t id = 0;
    if (invocation_has(in, &option_all) &&
        letters_each(decision->service, invocation_value(in, &option_source, NULL), INT64_MAX,
                     decide_letter, decision) != ORDERCTL_DONE)
        decision->code = ORDERCTL_FAILED;
    for (int i = 0; i < in->operand_count; i++)
        if (letters_id_read(in->operands[i], &id))
            decide(decision, id);
}

/* ---- waiting ---- */

static void tell_failed(struct decision *decision, const json_t *letter)
{
    struct buffer reason = {0};
    plain_append(&reason, json_string_value(json_object_get(letter, "reason")), 0);
    fprintf(decision->in->out, "%" PRId64 ": failed again (attempt %" PRId64 "): %.*s\n",
            letters_id(letter), (int64_t)json_integer_value(json_object_get(letter, "attempts")),
            (int)reason.size, reason.data);
    decision->code = ORDERCTL_FAILED;
    buffer_release(&reason);
}

/* True when it is known what has become of it, and that has been told. */
static bool is_decided(struct decision *decision, int64_t id)
{
    struct service_reply reply;
    char path[64];
    snprintf(path, sizeof(path), "/dead-letters/%" PRId64, id);
    (void)service_ask(decision->service, "GET", path, &reply);
    const json_t *letter = service_reply_good(&reply) ? service_reply_json(&reply) : NULL;
    bool decided = !json_is_true(json_object_get(letter, "retrying"));
    if (strcmp(service_problem(&reply), "dead-letter-not-found") == 0)
        fprintf(decision->in->out, "%" PRId64 ": handled\n", id);
    else if (!letter)
        decision->code = service_fail(decision->service, &reply);
    else if (decided)
        tell_failed(decision, letter);
    service_reply_release(&reply);
    return decided;
}

static void wait_for(struct decision *decision, int64_t seconds)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_NS};
    int64_t deadline_us = clock_monotonic_us() + seconds * 1000000;
    for (size_t i = 0; i < decision->count; i++) {
        bool decided = is_decided(decision, decision->ids[i]);
        while (!decided && clock_monotonic_us() < deadline_us) {
            fflush(decision->in->out);
            nanosleep(&pause, NULL);
            decided = is_decided(decision, decision->ids[i]);
        }
        if (decided)
            continue;
        fprintf(decision->in->out, "%" PRId64 ": not tried yet\n", decision->ids[i]);
        decision->code = ORDERCTL_FAILED;
    }
}

/* ---- the commands ---- */

static int decision_run(const struct invocation *in, struct decision *decision)
{
    int64_t seconds = 0;
    int code = check_usage(in);
    if (code == ORDERCTL_DONE)
        code = invocation_number(in, &option_wait, 0, WAIT_LIMIT_S, &seconds);
    if (code != ORDERCTL_DONE)
        return code;
    decision->in = in;
    decision->service = service_open(in);
    decide_all(decision);
    if (invocation_has(in, &option_wait))
        wait_for(decision, seconds);
    free(decision->ids);
    service_close(&decision->service);
    return decision->code;
}

static int run_retry(const struct invocation *in)
{
    struct decision decision = {
        .method = "POST", .suffix = "/retry", .done = "will be tried again"};
    return decision_run(in, &decision);
}

static int run_drop(const struct invocation *in)
{
    struct decision decision = {.method = "DELETE", .suffix = "", .done = "dropped"};
    return decision_run(in, &decision);
}

const struct command command_letters_retry = {
    .name = "dead-letters retry",
    .summary = "have dead letters tried again",
    .description =
        "Marks dead letters; the orderd that leads tries them again soon, once each: a letter of a "
        "hook by that hook, an inbound message by what takes its topic. What is handled then is a "
        "dead letter no more. What fails again stays, with one attempt more and the new reason, "
        "and waits for people. Mend first what made it fail.\n\n"
        "With --wait the exit status is 1 when one has failed again or has not been tried in that "
        "time.",
    .options = {&option_all, &option_source, &option_wait, &option_state_dir},
    .operands = "ID... | --all",
    .most = COMMAND_OPERANDS_LIMIT,
    .examples = "orderctl dead-letters retry 7 8 --wait 10\n"
                "orderctl dead-letters retry --all --source hook:ask_release",
    .run = run_retry,
};

const struct command command_letters_drop = {
    .name = "dead-letters drop",
    .summary = "delete dead letters for good",
    .description =
        "Deletes dead letters: nobody will handle them any more. Nothing else is changed: what a "
        "hook did not do stays undone.",
    .options = {&option_all, &option_source, &option_state_dir},
    .operands = "ID... | --all",
    .most = COMMAND_OPERANDS_LIMIT,
    .examples = "orderctl dead-letters drop 7\n"
                "orderctl dead-letters drop --all --source inbound",
    .run = run_drop,
};
