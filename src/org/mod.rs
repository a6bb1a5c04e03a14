//! Accounts, organizational units, tags; a scope resolved to accounts and regions.
