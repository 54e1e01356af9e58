/* The repository suite on SQLite. */
#include "sqlite_place.h"

int main(void)
{
    return repository_suite_run(&sqlite_factory);
}
