//! What the document says of the guarantees that were checked.

use crate::history::checkers::{CheckSpec, Definitions};
use crate::history::verdict::{GuaranteeVerdict, Verdict};
use crate::report::document::GuaranteeResult;
use std::collections::BTreeMap;

pub use crate::study::checks::{Checks, join, spec};

/// The definition that was checked, for the document.
pub fn definitions(spec: &CheckSpec) -> BTreeMap<String, String> {
    let meaning = match spec.definitions {
        Definitions::Strict => "strict: writes of a partition are seen in order, by every read",
        Definitions::Documented2025 => {
            "documented-2025: writes of one transactional batch are seen together, other writes in any order"
        }
    };
    let mut all = BTreeMap::from([("consistent-prefix".to_owned(), meaning.to_owned())]);
    if let Some((k, t)) = spec.bounded {
        let text = format!("reads miss at most {k} writes of their partition, and none older than {t}");
        all.insert("bounded-staleness".to_owned(), text);
    }
    all
}

/// Verdicts as the document has them. A guarantee that nothing claimed was checked on no operation, and is left out.
pub fn results(verdicts: Vec<GuaranteeVerdict>, spec: &CheckSpec) -> Vec<GuaranteeResult> {
    let result = |v: GuaranteeVerdict| GuaranteeResult {
        name: v.name.to_owned(),
        verdict: v.verdict.to_string(),
        definition: (v.name == "consistent-prefix").then(|| spec.definitions.name().to_owned()),
        checked: v.checked,
        why: (!v.why.is_empty()).then_some(v.why),
        evidence: v.evidence,
    };
    let claimed = |v: &GuaranteeVerdict| v.checked > 0 || v.verdict == Verdict::Violated;
    verdicts.into_iter().filter(claimed).map(result).collect()
}
