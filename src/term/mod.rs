//! The only place that prints: tables, JSON, progress, prompts, errors; and what makes AWS data
//! safe to show on a terminal.
