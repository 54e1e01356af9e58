/* Private: all listeners of a server at once. */
#ifndef HTTP_LISTENER_H
#define HTTP_LISTENER_H

struct http_server;

/* Takes the connections that the kernel has accepted already: closing would reset them. */
void listeners_drain(struct http_server *server);
void listeners_close(struct http_server *server);

#endif
