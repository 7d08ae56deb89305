//! The file of a shard: a line of text that says what it is, and the compact form of its part.
//!
//! ```text
//! geodes-shard 0.1.0 2/5 <bytes that follow> <their fingerprint, with that of this line>
//! ```

use crate::base::digest::{Digest, text_hash};
use crate::study::shard::Shard;
use crate::study::shard::part::Part;
use thiserror::Error;

/// How names of shard files end.
pub const SUFFIX: &str = ".geodes";
/// This program's version: parts of others may mean something else.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const MARK: &str = "geodes-shard";
/// The first line is no longer than this.
const LINE: usize = 200;

/// Why a file is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// Not a shard.
    #[error("it is no shard of a study")]
    Other,
    /// Cut off, changed, or written by something else.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Of another version.
    #[error("it was made by geodes {0}, and this is {VERSION}")]
    Version(String),
}

/// The bytes of a shard's file.
///
/// # Errors
/// What went wrong: nothing does with what a study gives.
pub fn bytes(shard: Shard, part: &Part) -> Result<Vec<u8>, String> {
    let body = postcard::to_stdvec(part).map_err(|error| error.to_string())?;
    let head = head(VERSION, shard, body.len());
    let mut bytes = format!("{head} {:016x}\n", check(&head, &body)).into_bytes();
    bytes.extend(body);
    Ok(bytes)
}

/// Reads a shard's file.
///
/// # Errors
/// Why it cannot be used, with its number if that can be told.
pub fn parse(bytes: &[u8]) -> Result<(Shard, Part), (Option<Shard>, Unusable)> {
    let other = || (None, Unusable::Other);
    let damaged = |shard, why: &str| (shard, Unusable::Damaged(why.to_owned()));
    if !bytes.starts_with(MARK.as_bytes()) {
        return Err(if MARK.as_bytes().starts_with(bytes) {
            damaged(None, "it is cut off")
        } else {
            other()
        });
    }
    let end = bytes.iter().take(LINE).position(|b| *b == b'\n');
    let (line, body) = bytes.split_at(end.ok_or_else(|| damaged(None, "its first line is cut off"))?);
    let line = std::str::from_utf8(line).map_err(|_| damaged(None, "its first line is no text"))?;
    let words: Vec<&str> = line.split(' ').collect();
    let [_, version, shard, length, sum] = words[..] else {
        return Err(damaged(None, "its first line is not what it should be"));
    };
    let known: Option<Shard> = shard.parse().ok();
    if version != VERSION {
        return Err((known, Unusable::Version(version.to_owned())));
    }
    let shard = known.ok_or_else(|| damaged(None, "its first line has no number of a shard"))?;
    let body = &body[1..];
    if length != body.len().to_string() {
        return Err(damaged(known, &format!("it has {} of {length} bytes", body.len())));
    }
    if sum != format!("{:016x}", check(&head(version, shard, body.len()), body)) {
        return Err(damaged(known, "its bytes are not those that were written"));
    }
    match postcard::take_from_bytes(body) {
        Ok((part, [])) => Ok((shard, part)),
        Ok(_) => Err(damaged(known, "it goes on after its end")),
        Err(error) => Err(damaged(known, &error.to_string())),
    }
}

fn head(version: &str, shard: Shard, length: usize) -> String {
    format!("{MARK} {version} {}/{} {length}", shard.number, shard.of)
}

fn check(head: &str, body: &[u8]) -> u64 {
    let mut digest = Digest::EMPTY;
    digest.fold(text_hash(head));
    for chunk in body.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        digest.fold(u64::from_le_bytes(word));
    }
    digest.value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::outcome::Outcome;

    fn written() -> Vec<u8> {
        let outcome = Outcome { lost: vec![0.1 + 0.2, f64::INFINITY, -0.0], events: 7, ..Outcome::default() };
        let part = Part { outcomes: [(3, outcome)].into(), ..Part::default() };
        bytes(Shard { number: 2, of: 5 }, &part).expect("it can be written")
    }

    #[test]
    fn what_was_written_is_read_to_the_last_bit() {
        let (shard, part) = parse(&written()).expect("it can be read");
        assert_eq!(shard, Shard { number: 2, of: 5 });
        let bits: Vec<u64> = part.outcomes[&3].lost.iter().map(|x| x.to_bits()).collect();
        assert_eq!(bits, [0.1f64 + 0.2, f64::INFINITY, -0.0].map(f64::to_bits));
        assert_eq!(bytes(shard, &part), Ok(written()));
    }

    #[test]
    fn a_file_that_is_cut_off_anywhere_or_changed_in_any_byte_is_refused() {
        let whole = written();
        for length in 0..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "cut at {length}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            assert!(parse(&changed).is_err(), "changed at {at}");
        }
        assert!(parse(&[whole.as_slice(), b"more"].concat()).is_err());
    }

    #[test]
    fn what_is_wrong_is_said_with_the_number_of_the_shard() {
        let whole = written();
        let shard = Some(Shard { number: 2, of: 5 });
        let why = |bytes: &[u8]| parse(bytes).map(|_| ()).expect_err("it is refused");
        assert_eq!(why(b"{}"), (None, Unusable::Other));
        assert_eq!(why(&whole[..whole.len() - 1]).0, shard);
        let text = String::from_utf8_lossy(&whole).replace(VERSION, "0.0.9");
        assert_eq!(why(text.as_bytes()), (shard, Unusable::Version("0.0.9".to_owned())));
    }
}
