/* The repository suite on PostgreSQL. */
#include "postgres_place.h"

int main(void)
{
    return repository_suite_run(&postgres_factory);
}
