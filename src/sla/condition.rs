//! When a row applies: facts of the resolved plan, each with the values it may have.

use std::collections::BTreeMap;

/// Why a row does not apply to a plan with these facts; `None` when it does. A value `3+` stands for 3 and more.
pub fn unmet(when: &[(String, Vec<String>)], facts: &BTreeMap<String, String>) -> Option<String> {
    when.iter().find_map(|(fact, values)| {
        let is = facts.get(fact);
        let fits = is.is_some_and(|is| values.iter().any(|value| matches(is, value)));
        let wanted = values.join(" or ");
        (!fits).then(|| match is {
            Some(is) => format!("needs {fact} = {wanted}; here it is {is}"),
            None => format!("needs {fact} = {wanted}, which this system does not say"),
        })
    })
}

fn matches(is: &str, wanted: &str) -> bool {
    let at_least = wanted.strip_suffix('+').and_then(|least| least.parse::<u64>().ok());
    match (at_least, is.parse::<u64>()) {
        (Some(least), Ok(is)) => is >= least,
        _ => is == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_must_fit() {
        let facts = |regions: &str| {
            BTreeMap::from([
                ("regions".to_owned(), regions.to_owned()),
                ("consistency".into(), "strong".into()),
            ])
        };
        let when = vec![
            ("regions".to_owned(), vec!["3+".to_owned()]),
            ("consistency".to_owned(), vec!["strong".to_owned(), "session".to_owned()]),
        ];
        assert_eq!(unmet(&when, &facts("4")), None);
        assert_eq!(unmet(&when, &facts("2")), Some("needs regions = 3+; here it is 2".into()));
        let unknown = [("backup".to_owned(), vec!["periodic".to_owned()])];
        assert!(unmet(&unknown, &facts("2")).is_some_and(|why| why.contains("does not say")));
    }
}
