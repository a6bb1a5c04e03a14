//! One integration-test binary: DataFusion is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod architecture;
mod aws_read;
mod catalog;
mod chaos;
mod cli;
mod config_import;
mod config_resource;
mod cost;
mod demo_in_process;
mod demo_judges;
mod demo_product;
mod demo_trouble;
mod engine_on_demo;
mod examples;
mod faults;
mod generated;
mod invocations;
mod logs;
mod moto_paths;
mod moto_reads;
mod moto_tables;
mod own_table;
mod postgres;
mod published_keys;
mod router;
mod row_cache;
mod sources_demo;
mod support;
mod table_check;
