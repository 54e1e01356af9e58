/* cdr: see the header. */
