//! A study split over machines: every shard tries all strata, which freezes the allocation, and runs its share of the rest.
//!
//! Windows are pure functions of their content, so that a shard needs to leave no more than their outcomes. The merged
//! study asks for its windows as any other does, and finds them among those outcomes: it cannot come out differently.

pub mod file;
pub mod part;
pub mod recorded;
pub mod whole;

use std::fmt;
use std::str::FromStr;

/// The most shards of a study.
pub const MOST: u32 = 10_000;

/// Which of how many shards; written `2/5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// Whether a window falls to it, by the window's number after the pilot, from 0.
    pub fn has(self, window: usize) -> bool {
        window % self.of as usize == self.number as usize - 1
    }

    /// The name of its file.
    pub fn file_name(self) -> String {
        format!("shard-{}-of-{}{}", self.number, self.of, file::SUFFIX)
    }

    /// The shard that a file of this name holds.
    pub fn of_file_name(name: &str) -> Option<Shard> {
        let (number, of) = name.strip_suffix(file::SUFFIX)?.strip_prefix("shard-")?.split_once("-of-")?;
        format!("{number}/{of}").parse().ok()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} of {}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let plain =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let parts = text.split_once('/').and_then(|(number, of)| Some((plain(number)?, plain(of)?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) && of <= MOST => Ok(Shard { number, of }),
            _ => Err(format!("a shard is written I/N, with I from 1 to N, and N at most {MOST}: `2/5`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_falls_to_just_one_shard() {
        for of in [1, 2, 3, 5] {
            let shards: Vec<Shard> = (1..=of).map(|number| Shard { number, of }).collect();
            for window in 0..40 {
                assert_eq!(shards.iter().filter(|shard| shard.has(window)).count(), 1);
            }
        }
    }

    #[test]
    fn a_shard_is_a_number_of_so_many() {
        let shard = Shard { number: 2, of: 5 };
        assert_eq!("2/5".parse(), Ok(shard));
        assert_eq!(Shard::of_file_name(&shard.file_name()), Some(shard));
        for wrong in ["", "2", "0/5", "6/5", "2/5/7", "+2/5", " 2/5", "2/0", "2/10001", "1/99999999999"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        for wrong in ["summary.json", "shard-2-of-5", "shard-6-of-5.geodes", "shard--of-.geodes"] {
            assert_eq!(Shard::of_file_name(wrong), None);
        }
    }
}
