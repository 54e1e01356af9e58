/* Tells systemd how far the service is (sd_notify(3)), when it asked to be told. */
#ifndef SERVER_NOTIFY_H
#define SERVER_NOTIFY_H

/* "READY=1", "STOPPING=1". Nothing happens unless NOTIFY_SOCKET is set. */
void notify_manager(const char *state);

#endif
