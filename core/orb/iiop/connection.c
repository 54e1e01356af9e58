/* connection: see the header. */
