//! The files in a `tar.xz`.

use helios_testkit::TestResult;

/// A block of a tar file: headers and contents fill whole ones.
const BLOCK: usize = 512;

/// The names and texts of the test files in an archive.
pub(crate) fn texts(packed: &[u8]) -> TestResult<Vec<(String, String)>> {
    let mut tar = Vec::new();
    lzma_rs::xz_decompress(&mut &*packed, &mut tar)?;
    let mut texts = Vec::new();
    let mut rest = &tar[..];
    while let Some((header, after)) = rest.split_at_checked(BLOCK) {
        let name = field(&header[..100]);
        if name.is_empty() {
            break;
        }
        let length = usize::from_str_radix(field(&header[124..136]).trim(), 8)?;
        let contents = after.get(..length).ok_or("the archive is cut short")?;
        if name.ends_with(".test") {
            texts.push((name, String::from_utf8(contents.to_vec())?));
        }
        rest = after.get(length.next_multiple_of(BLOCK)..).unwrap_or_default();
    }
    Ok(texts)
}

/// A field of a header: up to its first zero.
fn field(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}
