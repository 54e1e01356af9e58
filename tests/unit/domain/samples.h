/* Orders to test with. */
#ifndef TESTS_DOMAIN_SAMPLES_H
#define TESTS_DOMAIN_SAMPLES_H

#include "domain/order.h"

#define SAMPLE_NOW INT64_C(1769903999123) /* 2026-01-31T23:59:59.123Z */

/* A product's id by its number: 0190a000-0000-7000-8000-0000000000NN. */
struct uuid sample_product(unsigned number);

/* A draft of those items, in dollars; the items are lent. */
struct order_draft sample_draft(const struct order_item *items, size_t count);

/* Two items, 27.97 in all, PENDING, without notes. The caller's to free. */
struct order *sample_order(void);

/* The same, taken to `status` by allowed steps and marked as stored. */
struct order *sample_order_in(enum order_status status);

/* A change of status without reason and notes, at SAMPLE_NOW. */
enum status sample_change(struct order *order, enum order_status to);

#endif
