//! The program as a process: the shell, the commands, the examples of the documents.

mod branches;
mod databases;
mod documents;
#[cfg(feature = "parquet")]
mod parquet;
mod process;
mod server;
mod shell;
