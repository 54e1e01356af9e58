/* message: see the header. */
