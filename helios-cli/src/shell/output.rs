//! Where the answers of the shell go: standard output, a file, another program, nowhere.

use std::fs::File;
use std::io::{self, BufWriter, Stdout, Write};
use std::process::{Child, Command, Stdio};

use crate::failure::{Failure, Outcome};

/// Where answers go.
#[derive(Debug)]
pub(crate) struct Output {
    target: Target,
    /// What `.show` calls it.
    pub(crate) name: String,
    /// Whether it goes back to standard output after the next command.
    pub(crate) is_for_one: bool,
}

#[derive(Debug)]
enum Target {
    Standard(BufWriter<Stdout>),
    File(BufWriter<File>),
    Program(Child),
    Nowhere,
}

const STANDARD: &str = "stdout";

impl Output {
    /// Standard output.
    pub(crate) fn standard() -> Output {
        let target = Target::Standard(BufWriter::new(io::stdout()));
        Output { target, name: STANDARD.to_owned(), is_for_one: false }
    }

    /// Sends what comes to a file, to a program (`|command`), to standard output (`stdout`) or nowhere (`off`).
    pub(crate) fn redirect(&mut self, name: &str, begins_with_mark: bool, is_for_one: bool) -> Outcome {
        self.reset()?;
        self.target = match name {
            STANDARD => return Ok(()),
            "off" => Target::Nowhere,
            _ => match name.strip_prefix('|') {
                Some(command) => {
                    let child = Command::new("/bin/sh").arg("-c").arg(command).stdin(Stdio::piped()).spawn();
                    Target::Program(
                        child.map_err(|_| Failure::new(format!("cannot open pipe \"{command}\"")))?,
                    )
                }
                None => match File::create(name) {
                    Ok(file) => Target::File(BufWriter::new(file)),
                    Err(_) => return Err(Failure::new(format!("cannot open \"{name}\""))),
                },
            },
        };
        name.clone_into(&mut self.name);
        self.is_for_one = is_for_one;
        if begins_with_mark {
            self.write_all("\u{feff}".as_bytes())?;
        }
        Ok(())
    }

    /// Goes back to standard output. A program that was written to has its end awaited.
    pub(crate) fn reset(&mut self) -> io::Result<()> {
        let flushed = self.flush();
        if let Target::Program(child) = &mut self.target {
            drop(child.stdin.take());
            child.wait()?;
        }
        *self = Output::standard();
        flushed
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Target::Program(child) = &mut self.target {
            drop(child.stdin.take());
            // Nobody is left to be told of an error.
            let _gone = child.wait();
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Standard(out) => out.write(bytes),
            Target::File(out) => out.write(bytes),
            Target::Program(child) => match &mut child.stdin {
                Some(input) => input.write(bytes),
                None => Ok(bytes.len()),
            },
            Target::Nowhere => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.target {
            Target::Standard(out) => out.flush(),
            Target::File(out) => out.flush(),
            Target::Program(child) => child.stdin.as_mut().map_or(Ok(()), Write::flush),
            Target::Nowhere => Ok(()),
        }
    }
}
