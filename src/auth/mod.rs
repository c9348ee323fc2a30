//! Cryptography, and nothing that knows of a database.
