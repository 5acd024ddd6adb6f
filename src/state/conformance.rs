//! One suite for every state database.
