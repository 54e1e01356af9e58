/* Drawing progress. */
#include "orderctl/progress.h"

#include "base/clock.h"

#include <unistd.h>

enum { BAR_WIDTH = 30, TERMINAL_US = 100000, LINE_US = 5000000 };

struct progress progress_begin(FILE *out, const char *what, int64_t whole)
{
    int64_t now = clock_monotonic_us();

    return (struct progress){.out = out,
                             .what = what,
                             .whole = whole,
                             .terminal = isatty(fileno(out)) == 1,
                             .began_us = now,
                             .told_us = now};
}

static void draw(const struct progress *progress, int64_t done, int64_t left_s)
{
    char bar[BAR_WIDTH + 1];

    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < (double)done * BAR_WIDTH / (double)progress->whole ? '#' : '-';
    bar[BAR_WIDTH] = '\0';
    fprintf(progress->out, "\r[%s] %3d %%  %lld %s, %lld:%02lld left\033[K", bar,
            (int)((double)done * 100 / (double)progress->whole), (long long)done, progress->what,
            (long long)left_s / 60, (long long)left_s % 60);
}

void progress_tell(struct progress *progress, int64_t done)
{
    int64_t now = clock_monotonic_us();

    if (now - progress->told_us < (progress->terminal ? TERMINAL_US : LINE_US) || done == 0)
        return;
    progress->told_us = now;
    if (progress->terminal)
        draw(progress, done,
             (int64_t)((double)(now - progress->began_us) / 1e6 * (double)(progress->whole - done) /
                       (double)done));
    else
        fprintf(progress->out, "%lld of %lld %s\n", (long long)done, (long long)progress->whole,
                progress->what);
    fflush(progress->out);
}

void progress_end(const struct progress *progress)
{
    if (progress->terminal && progress->told_us != progress->began_us)
        fputs("\r\033[K", progress->out);
}
