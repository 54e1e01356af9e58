/* The rows of a group of saves as columns: an array for each parameter of the statements that
 * save. */
#ifndef STORE_POSTGRES_SAVE_COLUMNS_H
#define STORE_POSTGRES_SAVE_COLUMNS_H

#include "store/postgres/arguments.h"
#include "store/postgres/job.h"

/* Which saves of a group a statement is about. */
typedef bool pg_save_filter(const struct save_copy *copy);

bool pg_save_new(const struct save_copy *copy);     /* the order is new */
bool pg_save_changed(const struct save_copy *copy); /* the order is there already */
bool pg_save_keyed(const struct save_copy *copy);
bool pg_save_new_keyed(const struct save_copy *copy);
bool pg_save_new_caused(const struct save_copy *copy); /* by an inbound event */

/* Do any of the jobs pass the filter? */
bool pg_saves_some(const struct pg_job_list *jobs, pg_save_filter *filter);

/* The parameters of each statement, in its order (statements.c). */
void pg_put_new_orders(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_new_items(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_new_events(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_key_names(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_new_keys(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_new_inbox(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_changes(struct pg_arguments *arguments, const struct pg_job_list *jobs);
void pg_put_items_of(struct pg_arguments *arguments, const struct save_copy *copy);

#endif
