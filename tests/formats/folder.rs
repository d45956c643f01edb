//! A folder as one file, to be packed: for each file the length of its name, its name, its length and its bytes.

use std::fs;
use std::path::Path;

use helios_testkit::TestResult;

/// The files of a folder, which has no folders with files in it.
pub(crate) fn packed(folder: &Path) -> TestResult<Vec<u8>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(|path| path.is_file()).collect();
    paths.sort();
    let mut out = Vec::new();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
        let bytes = fs::read(&path)?;
        for part in [name.as_bytes(), &bytes] {
            out.extend_from_slice(&(part.len() as u64).to_le_bytes());
            out.extend_from_slice(part);
        }
    }
    Ok(out)
}

/// Makes a folder of what was packed.
pub(crate) fn unpack(packed: &[u8], folder: &Path) -> TestResult {
    fs::create_dir(folder)?;
    let mut rest = packed;
    while !rest.is_empty() {
        let name = std::str::from_utf8(part(&mut rest)?)?;
        fs::write(folder.join(name), part(&mut rest)?)?;
    }
    Ok(())
}

fn part<'b>(rest: &mut &'b [u8]) -> TestResult<&'b [u8]> {
    let (length, after) = rest.split_first_chunk::<8>().ok_or("it ends early")?;
    let length = usize::try_from(u64::from_le_bytes(*length))?;
    let (part, after) = after.split_at_checked(length).ok_or("it ends early")?;
    *rest = after;
    Ok(part)
}
