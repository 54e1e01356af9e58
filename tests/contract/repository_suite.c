/* Running the parts of the repository suite. */
#include "suite.h"

#include "base/log.h"

int repository_suite_run(const struct repository_factory *factory)
{
    suite_factory = factory;
    log_configure(LOG_WARNING, LOG_AUTO);
    print_message("The contract of the repository, on %s\n", factory->name);
    return suite_run_orders() + suite_run_lists() + suite_run_events() + suite_run_writes() +
           suite_run_keys() + suite_run_prune() + suite_run_lead() + suite_run_stream() +
           suite_run_cursors() + suite_run_inbound() + suite_run_letters() + suite_run_threads() +
           suite_run_seed();
}
