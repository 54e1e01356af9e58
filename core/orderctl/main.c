/* The program orderctl. An answer that could not be written is a failure, not an answer. */
#include "orderctl/orderctl.h"

int main(int argc, char **argv)
{
    int code = orderctl_run(argc, argv, stdout, stderr);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("orderctl: standard output");
        return ORDERCTL_FAILED;
    }
    return code;
}
