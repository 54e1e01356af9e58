/* The scripted orderd, on the tiny server of the HTTP tests. */
#include "script.h"

#include "../http/peer.h"
#include "shell.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

char script_asked[8192];

static struct peer peer;
static char path[128];
static const char *const *next;

static void talk(struct peer *of, int fd)
{
    if (!peer_read(of, fd))
        return;
    const char *end = strstr(of->request, " HTTP/1.1");
    size_t used = strlen(script_asked);
    snprintf(script_asked + used, sizeof(script_asked) - used, "%.*s\n",
             end ? (int)(end - of->request) : 0, of->request);
    if (*next) {
        peer_write(fd, *next, strlen(*next));
        next++;
    }
}

void script_start(const char *const answers[])
{
    next = answers;
    script_asked[0] = '\0';
    snprintf(path, sizeof(path), "%s/control.sock", state_dir);
    unlink(path);
    peer_start_unix(&peer, path, talk, "");
}

void script_stop(void)
{
    peer_stop(&peer);
}

int scripted_run(const char *const answers[], const char *const arguments[])
{
    script_start(answers);
    int code = shell_run(arguments);
    script_stop();
    return code;
}
