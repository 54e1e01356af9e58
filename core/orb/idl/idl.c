/* idl: see the header. */
