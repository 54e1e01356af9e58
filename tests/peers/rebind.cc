// omniORB does not ask for SO_REUSEADDR, so that a server that was killed could not come back to
// its address for a minute. This bind, which stands before the C library's, asks for it.

#include <dlfcn.h>
#include <sys/socket.h>

extern "C" int bind(int fd, const struct sockaddr *address, socklen_t size) noexcept
{
    using Bind = int (*)(int, const struct sockaddr *, socklen_t);
    static const Bind next = reinterpret_cast<Bind>(dlsym(RTLD_NEXT, "bind"));
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return -1;
    return next(fd, address, size);
}
