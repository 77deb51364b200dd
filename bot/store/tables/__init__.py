"""The SQL, one class per subject: values in, values out, and each public method is a transaction of its own."""
