/* Private: IEEE 754 binary128, which is CORBA's long double, to double and back, on bits: the
 * compiler's long double is another format on most machines. */
#ifndef CDR_LONGDOUBLE_H
#define CDR_LONGDOUBLE_H

#include <stdbool.h>
#include <stdint.h>

/* False: a double cannot hold it exactly. A NaN stays one, with as much of its payload as fits. */
bool longdouble_narrow(uint64_t high, uint64_t low, double *value);
void longdouble_widen(double value, uint64_t *high, uint64_t *low);

#endif
