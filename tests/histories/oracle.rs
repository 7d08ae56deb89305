//! The same histories judged by another library (todc-utils, a Wing and Gong checker after Lowe), and the same JSON read
//! by serde_json.

use super::judged;
use geodes::base::rng::{Seed, Stream};
use geodes::history::exchange::datum::Node;
use geodes::history::exchange::json;
use geodes::history::exchange::read::Model;
use geodes::history::verdict::Verdict;
use proptest::prelude::*;
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

/// An operation on a compare-and-set register, with what became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Read(u64),
    Write(u64),
    Cas(u64, u64),
    /// It may or may not have happened: at the end of the history it is as good as both.
    Perhaps(u64, Option<u64>),
}

struct Register;

impl Specification for Register {
    type State = u64;
    type Operation = Step;

    fn init() -> u64 {
        0
    }

    fn apply(operation: &Step, state: &u64) -> (bool, u64) {
        match *operation {
            Step::Read(value) => (value == *state, *state),
            Step::Write(value) => (true, value),
            Step::Cas(old, new) => (old == *state, new),
            Step::Perhaps(new, None) => (true, new),
            Step::Perhaps(new, Some(old)) => (true, if old == *state { new } else { *state }),
        }
    }
}

/// A random history of few processes and values, as EDN and as the other library has it. Zero stands for nil.
fn random(rng: &mut Stream) -> (String, Vec<(usize, Action<Step>)>) {
    let processes = 2 + rng.below(3) as usize;
    let values = 2 + rng.below(2);
    let mut open: Vec<Option<(Step, &str, String)>> = vec![None; processes];
    let (mut edn, mut other, mut perhaps) = (String::new(), Vec::new(), Vec::new());
    let mut next_process = processes;
    let mut names: Vec<usize> = (0..processes).collect();
    for _ in 0..4 + rng.below(16) {
        let p = rng.below(processes as u64) as usize;
        let name = names[p];
        let Some((step, f, asked)) = open[p].take() else {
            let value = 1 + rng.below(values);
            let (step, f, asked) = match rng.below(4) {
                0 => (Step::Write(value), "write", value.to_string()),
                1 => {
                    let old = 1 + rng.below(values);
                    (Step::Cas(old, value), "cas", format!("[{old} {value}]"))
                }
                _ => (Step::Read(rng.below(values + 1)), "read", "nil".to_owned()),
            };
            edn += &format!("{{:process {name} :type :invoke :f :{f} :value {asked}}}\n");
            other.push((name, Action::Call(step)));
            open[p] = Some((step, f, asked));
            continue;
        };
        let unknown = match step {
            Step::Write(new) => Some(Step::Perhaps(new, None)),
            Step::Cas(old, new) => Some(Step::Perhaps(new, Some(old))),
            _ => None,
        };
        if let Some(unknown) = unknown.filter(|_| rng.chance(0.2)) {
            edn += &format!("{{:process {name} :type :info :f :{f} :value {asked}}}\n");
            perhaps.push((name, Action::Response(unknown)));
            names[p] = next_process;
            next_process += 1;
            continue;
        }
        let told = match step {
            Step::Read(0) => "nil".to_owned(),
            Step::Read(value) => value.to_string(),
            _ => asked,
        };
        edn += &format!("{{:process {name} :type :ok :f :{f} :value {told}}}\n");
        other.push((name, Action::Response(step)));
    }
    // What never ended: reads say nothing, all else may have happened.
    for (p, left) in open.into_iter().enumerate() {
        match left {
            Some((Step::Write(new), ..)) => {
                perhaps.push((names[p], Action::Response(Step::Perhaps(new, None))))
            }
            Some((Step::Cas(old, new), ..)) => {
                perhaps.push((names[p], Action::Response(Step::Perhaps(new, Some(old)))));
            }
            Some(_) => {
                let at = other.iter().rposition(|(name, _)| *name == names[p]).expect("it was invoked");
                other.remove(at);
            }
            None => {}
        }
    }
    other.extend(perhaps);
    (edn, other)
}

#[test]
fn another_library_comes_to_the_same_verdicts() {
    let mut rng = Seed { scenario: 7, window: 0 }.named("histories", "oracle");
    let mut count = [0; 2];
    for _ in 0..4_000 {
        let (edn, other) = random(&mut rng);
        if other.is_empty() {
            continue;
        }
        let theirs = WGLChecker::<Register>::is_linearizable(History::from_actions(other));
        let ours = judged(&edn, Model::CasRegister);
        let verdict = if theirs { Verdict::Holds } else { Verdict::Violated };
        assert_eq!(ours.verdict, verdict, "{edn}\n{ours:#?}");
        count[usize::from(theirs)] += 1;
    }
    assert!(count[0] > 500 && count[1] > 500, "{count:?}");
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        // Eighths: serde_json rounds the last digit of others either way.
        (-1_000_000..1_000_000i32).prop_map(|n| (f64::from(n) / 8.0).into()),
        ".{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(".{0,3}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn json_is_read_as_serde_json_reads_it(value in value(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("a value is JSON");
        let listed = format!("[{text}]");
        let node: Node = json::Reader::new(&listed).next_form().expect("it is JSON").expect("there is one");
        let mut again = String::new();
        node.datum().json(&mut again);
        prop_assert_eq!(pairs(&value), serde_json::from_str::<serde_json::Value>(&again).expect("JSON again"));
    }
}

/// Objects as sorted lists of pairs, and whole numbers without a point, as histories have them.
fn pairs(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(map) => {
            let mut all: Vec<(&String, serde_json::Value)> = map.iter().map(|(k, v)| (k, pairs(v))).collect();
            all.sort_by(|a, b| a.0.cmp(b.0));
            all.into_iter().map(|(k, v)| serde_json::json!([k, v])).collect()
        }
        serde_json::Value::Array(items) => items.iter().map(pairs).collect(),
        serde_json::Value::Number(n) => match n.as_f64() {
            Some(x) if n.is_f64() && x == x.trunc() => (x as i64).into(),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}
