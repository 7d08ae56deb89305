//! Shards put together again, or everything that keeps them from it.

use crate::measure::setting::Setting;
use crate::scenario::Texts;
use crate::study::shard::Shard;
use crate::study::shard::file::Unusable;
use crate::study::shard::part::{Identity, Part};
use crate::study::shard::recorded::Outcomes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file that was given, and what could be read of it.
pub struct Given {
    /// What messages call it.
    pub name: String,
    /// Its shard, or why it cannot be used, and its number as far as that is known.
    pub read: Result<(Shard, Part), (Option<Shard>, Unusable)>,
}

/// All shards of a study.
#[derive(Debug)]
pub struct Whole {
    /// The study.
    pub identity: Identity,
    /// The scenario.
    pub texts: Texts,
    /// What all windows came to.
    pub outcomes: Outcomes,
}

impl Whole {
    /// Puts shards together, in any order.
    ///
    /// # Errors
    /// Every shard that is missing, doubled, foreign or damaged, a line for each.
    pub fn of(given: Vec<Given>) -> Result<Whole, Vec<String>> {
        let mut wrong: Vec<String> = Vec::new();
        let mut claimed: Vec<Shard> = Vec::new();
        let mut usable: Vec<(Shard, String, Part)> = Vec::new();
        for Given { name, read } in given {
            match read {
                Ok((shard, part)) => usable.push((shard, name, part)),
                Err((Some(shard), why)) => {
                    claimed.push(shard);
                    wrong.push(format!("{shard} ({name}) cannot be used: {why}"));
                }
                Err((None, why)) => wrong.push(format!("{name} cannot be used: {why}")),
            }
        }
        usable.sort_by_key(|(shard, _, _)| *shard);
        let Some((of, identity)) = most_common(&usable) else {
            return Err(wrong);
        };
        let mut kept: BTreeMap<u32, (String, Part)> = BTreeMap::new();
        for (shard, name, part) in usable {
            let other_split = (shard.of != of).then(|| format!("the others are of {of}"));
            if let Some(why) = other_split.or_else(|| identity.difference(&part.identity)) {
                wrong.push(format!("{shard} ({name}) does not belong to the others: {why}"));
                claimed.push(shard);
            } else if let Some((first, _)) = kept.get(&shard.number) {
                wrong.push(format!("{shard} is given twice: {first} and {name}"));
            } else {
                kept.insert(shard.number, (name, part));
            }
        }
        let there = |number: u32| kept.contains_key(&number) || claimed.contains(&Shard { number, of });
        wrong.extend(missing(of, there));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut whole = Whole { identity, texts: Texts::default(), outcomes: Outcomes::new() };
        for (number, (_, part)) in kept {
            if number == 1 {
                whole.texts = part.texts;
            }
            whole.outcomes.extend(part.outcomes);
        }
        Ok(whole)
    }

    /// Gives all outcomes the setting, which is not stored with each.
    pub fn set_in(&mut self, setting: &Arc<Setting>) {
        for findings in self.outcomes.values_mut().filter_map(|outcome| outcome.findings.as_mut()) {
            Arc::make_mut(findings).setting = Arc::clone(setting);
        }
    }
}

/// The split and the study that most shards are of: those that are not are the odd ones. Of several, the one of the
/// lowest number.
fn most_common(usable: &[(Shard, String, Part)]) -> Option<(u32, Identity)> {
    let mut counts: Vec<((u32, &Identity), usize)> = Vec::new();
    for (shard, _, part) in usable {
        let key = (shard.of, &part.identity);
        match counts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => counts.push((key, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max()?;
    let ((of, identity), _) = counts.into_iter().find(|(_, count)| *count == most)?;
    Some((of, identity.clone()))
}

/// The shards that are not there, as few lines as say it.
fn missing(of: u32, there: impl Fn(u32) -> bool) -> Option<String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in (1..=of).filter(|number| !there(*number)) {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let range = |(first, last): &(u32, u32)| match last - first {
        0 => format!("{first}"),
        1 => format!("{first}, {last}"),
        _ => format!("{first} to {last}"),
    };
    let numbers: Vec<String> = ranges.iter().map(range).collect();
    match (ranges.as_slice(), numbers.join(", ")) {
        ([], _) => None,
        ([(first, last)], number) if first == last => Some(format!("shard {number} of {of} is missing")),
        (_, numbers) => Some(format!("shards {numbers} of {of} are missing")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(number: u32, of: u32, seed: u64, name: &str) -> Given {
        let part = Part { identity: Identity { seed, ..Identity::default() }, ..Part::default() };
        Given { name: name.to_owned(), read: Ok((Shard { number, of }, part)) }
    }

    fn refused(given: Vec<Given>) -> String {
        Whole::of(given).expect_err("they are refused").join("\n")
    }

    #[test]
    fn shards_are_put_together_in_any_order() {
        let all = [3, 1, 2].map(|n| shard(n, 3, 42, "x"));
        assert_eq!(Whole::of(all.into()).map(|whole| whole.identity.seed), Ok(42));
    }

    #[test]
    fn missing_doubled_and_foreign_shards_are_named_by_number() {
        let got = refused(vec![shard(1, 3, 42, "a"), shard(3, 3, 42, "c")]);
        assert_eq!(got, "shard 2 of 3 is missing");
        let got = refused(vec![shard(2, 9, 42, "b")]);
        assert_eq!(got, "shards 1, 3 to 9 of 9 are missing");
        let got = refused(vec![shard(1, 2, 42, "a"), shard(2, 2, 42, "b"), shard(1, 2, 42, "c")]);
        assert_eq!(got, "shard 1 of 2 is given twice: a and c");
        let got = refused(vec![shard(1, 3, 43, "a"), shard(2, 3, 42, "b"), shard(3, 3, 42, "c")]);
        assert_eq!(got, "shard 1 of 3 (a) does not belong to the others: the seed was 43, not 42");
        let got = refused(vec![shard(1, 2, 42, "a"), shard(2, 2, 42, "b"), shard(3, 5, 42, "c")]);
        assert_eq!(got, "shard 3 of 5 (c) does not belong to the others: the others are of 2");
    }

    #[test]
    fn a_damaged_shard_is_not_said_to_be_missing_too() {
        let number = Shard { number: 2, of: 2 };
        let broken = Given {
            name: "b".to_owned(),
            read: Err((Some(number), Unusable::Damaged("it is cut off".to_owned()))),
        };
        let got = refused(vec![shard(1, 2, 42, "a"), broken]);
        assert_eq!(got, "shard 2 of 2 (b) cannot be used: it is damaged: it is cut off");
    }
}
