//! 'Did you mean': the known name closest to a misspelt one.

/// The candidate that `word` most probably meant: equal up to case, separators and spaces, or within an edit distance
/// (with transpositions) of a third of its length; `None` when nothing is close. Ties go to the first candidate.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Distances are quadratic in length: a name longer than any known one is not a typing slip.
    if word.chars().count() > 64 {
        return None;
    }
    let folded = fold(word);
    let allowed = (folded.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = fold(candidate);
        let distance = if other == folded {
            0
        } else if folded.chars().count() >= 4 && other.starts_with(&folded) {
            1
        } else {
            strsim::damerau_levenshtein(&folded, &other)
        };
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, ' ' | '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// `did you mean `West US`?`, or else the list of what there is (the first dozen).
pub fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match closest(word, known.iter().copied()) {
        Some(name) => Some(format!("did you mean `{name}`?")),
        None => list(&known).map(|names| format!("known: {names}")),
    }
}

/// `` `a`, `b` and 3 more``; `None` for an empty list.
pub fn list(names: &[&str]) -> Option<String> {
    const SHOWN: usize = 12;
    if names.is_empty() {
        return None;
    }
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("{}{tail}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_name_meant() {
        let regions = ["West US", "West US 2", "West Europe", "East US"];
        assert_eq!(closest("Wset US", regions), Some("West US"));
        assert_eq!(closest("westus2", regions), Some("West US 2"));
        assert_eq!(closest("West Erope", regions), Some("West Europe"));
        assert_eq!(closest("Mars", regions), None);
    }

    #[test]
    fn without_a_close_name_the_known_ones_are_listed() {
        assert_eq!(hint("zzz", ["read", "write"]).as_deref(), Some("known: `read`, `write`"));
        assert_eq!(hint("zzz", []), None);
    }
}
