/* naming: see the header. */
