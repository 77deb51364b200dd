"""SQL, a module a subject: plain functions from a connection and values to values. Transactions are the caller's."""
