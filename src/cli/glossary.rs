//! Words of results that `explain` knows besides measures, codes and faults: guarantees, verdicts, classes of time lost.

/// A word and what it means.
const WORDS: [(&str, &str); 43] = [
    (
        "study",
        "What a scenario with hazards is run as: faults and repairs are drawn over many years, faults that may interact form a cluster, clusters that mean the same to the system form a stratum, and windows of a sample of each stratum are simulated and weighed by how often they happen: U = (1/T) sum N_h mean_h. Intervals are those of a total of losses that come by chance, by gamma laws, and hold the variance of the skeleton and of the windows.",
    ),
    (
        "plain-simulation",
        "What a study is compared with: simulating all of the time, quiet or not. With clusters of stratum h happening N_h times in T years, T' years of plain simulation would give the unavailability of the first goal an interval as narrow as the study's when T' = (1/T) sum N_h (mean_h^2 + variance_h) x (1.96 / (half-width x seconds of a year))^2, the variance of a compound Poisson process: `equivalent_years` of the result. The half-width is that of the whole interval, with what strata add in which nothing was seen. `work_ratio` is the events of those years, at the rate of the windows without faults, over all events of the study.",
    ),
    (
        "stratum",
        "Part of a study: clusters of faults that begin in the same mode and hit the same roles, such as `region(write)`, `zone(leader) x2 (same region)` or `node(replica) x2 (same partition)`: then one partition lost two replicas in one region. A `node` or `region` without a role holds no replica, and nodes without one are left out beside others; `in turn` when none of them overlap.",
    ),
    (
        "mode",
        "Part of a study: a settled configuration that faults can leave the system in, such as which region writes. One that nothing leads out of is absorbing, and reported as such.",
    ),
    (
        "availability.monthly.p_meets",
        "Measure of a study, `availability.monthly.p_meets.<rule>.<read|write>.<bound>`: the probability that a calendar month of 730 h keeps the bound. Months are put together from the skeleton and the outcomes of windows; the interval is Clopper and Pearson's, of as many months as the spread is worth. Where fewer than 400 of these months miss a bound, and all hazards fail and are repaired by themselves, further months are drawn in which hazards strike more often (the rate of every life is multiplied: proportional hazards), each weighed by its exact likelihood ratio against a mixture that holds the plain laws; then `availability.monthly.p_misses` is there, too, and the notes say which hazards were tilted and how many misses the result is worth.",
    ),
    (
        "solve",
        "The inverse question, `geodes run FILE --solve hazard.NAME.mtbf` (or `.mttr`): how good must the hazard be for an availability row to be met? The scenario is studied at several values of this mean; laws keep their shape and strikes their draws, so that all studies meet the same strikes at other times, and windows that they share are simulated once. Bisection on the logarithm finds where the measured unavailability crosses what the row allows. The answer is possible from where the lower end of the interval of the unavailability crosses it, and certain from where the upper end does. `never`: even a hazard that never strikes (is repaired at once) breaks the row; `always`: even one that is in repair half of its time keeps it.",
    ),
    (
        "nines",
        "Measure of a study, `availability.<rule>.<read|write>.nines`: minus the decimal logarithm of the unavailability; 99.9 % are three. `.downtime-per-year` is the same unavailability in seconds of a year of 8760 h.",
    ),
    (
        "data-loss",
        "Measures of a study: `data-loss.p_year` is the probability that acknowledged writes are lost within a year, `data-loss.permanent.p_year` that no disk has them any more, and `.mttdl` the mean time from one loss to the next in years; without a loss there is only a bound.",
    ),
    (
        "rough",
        "Of an interval of a study: fewer than 50 losses are behind it, so that it covers the truth less often than it says. With fewer than 10, nothing is concluded.",
    ),
    (
        "linearizable",
        "Guarantee: each key behaves as if there were one copy of it, and every operation took effect at one moment between its invocation and its answer. Checked per key on the whole history, reads against writes of unknown outcome included.",
    ),
    (
        "read-your-writes",
        "Guarantee: a session's reads see the session's own earlier writes, or something newer.",
    ),
    (
        "monotonic-reads",
        "Guarantee: a session's reads of a key never go back to an older version than it has read.",
    ),
    ("monotonic-writes", "Guarantee: a session's writes take effect in the order in which it made them."),
    (
        "writes-follow-reads",
        "Guarantee: who sees a session's write also sees what that session had read before it wrote.",
    ),
    (
        "consistent-prefix",
        "Guarantee: the writes of a partition are seen in order, without gaps (strict definition); under the definition of 2025 only the writes of one transactional batch are seen together. The report names the one that was checked.",
    ),
    ("atomic-batches", "Guarantee: the writes of a transactional batch are seen all together or not at all."),
    (
        "bounded-staleness",
        "Guarantee: a read misses at most K writes of its partition and none that is older than T. Also a consistency level, and the rule of SLA rows about it: each partition is judged by itself, and writes > K or time > T breaches.",
    ),
    (
        "regular-reads",
        "Guarantee: a read that begins after a write was acknowledged returns that write or a newer one. Of writes that overlap any may count as the newer one, and two reads need not agree which.",
    ),
    (
        "valid-reads",
        "Guarantee: a read returns only what was written: nothing invented, nothing from a write that certainly failed.",
    ),
    (
        "convergence",
        "Guarantee: once all is settled, the regions that serve hold the same version of every key.",
    ),
    (
        "durability",
        "Guarantee: everything is read back at the end; each acknowledged write is there, superseded, in the conflict feed, or among the losses that the harness counted.",
    ),
    (
        "loss-report",
        "Guarantee: what the system says it lost is what the harness found lost, and what a returning region still had comes back or is reported.",
    ),
    (
        "no-loss",
        "Guarantee of systems that promise to lose nothing (strong over several regions): no acknowledged write is lost. A second loss after the quorum shrank to one region, or all regions at once, is beyond it.",
    ),
    (
        "met",
        "Verdict: the whole interval (with one run: the value) keeps the bound. A promise of `= 0` is met after 299 runs without a counterexample, an expectation of a loss once a run shows the loss.",
    ),
    (
        "breached",
        "Verdict: none of the interval keeps the bound, or one run is a counterexample to a promise about every fault; `sla.csv` and the JSON name its seed.",
    ),
    (
        "inconclusive",
        "Verdict: the runs do not decide it: no such fault occurred, the interval holds the bound, or the absence of a loss over few runs proves nothing. The reason says how many more runs (`--seeds`) should settle it, where any would.",
    ),
    (
        "not applicable",
        "Verdict: the row is about another configuration: regions, write regions, zones, level, failover. `geodes check` prints these facts.",
    ),
    (
        "censored",
        "A window that was stopped, by the cap of `[run]` or by a storm of messages, before all was settled; what had not ended by then counts as not ended.",
    ),
    ("detect", "Part of an RTO: from the onset until the system noticed."),
    ("decide", "Part of an RTO: from noticing until the decision to act."),
    ("elect", "Part of an RTO: from the decision until a leader was elected."),
    (
        "catch-up",
        "Part of an RTO: from the election until the new leader had what it needs to accept operations.",
    ),
    ("reroute", "Part of an RTO: from operations being accepted again until the clients had found that out."),
    (
        "compare",
        "`geodes compare BASE NEW` holds two runs against each other. Windows of the same seed are paired: they share all chance, so what is left is the change. Each measure is tested by the logarithm of new over base, pair by pair, and all measures together are corrected by Holm's method, so that in 95 of 100 comparisons of equal configurations nothing is called different. A pair of zeros is a pair without change; where only one of a pair is zero, the whole row is tested on differences; where a value is infinite (not restored), on which side is larger. Of two studies over the same faults each runs the windows of the other too; rows are long-run values over all strata, tested by what the windows of a pair do not share.",
    ),
    (
        "identical",
        "Result of a comparison: both runs are the same, event by event; their digests are equal and no statistics are needed.",
    ),
    (
        "paired",
        "Comparison of windows with the same seed, or in a study with the same key, on both sides. `apart`: no window is on both sides, so they are compared as independent ones, which takes many more of them. `estimates`: the windows of one side are not stored (windows.csv, of a study also strata.csv), or two studies draw other faults (other hazards, margin, seed or years), so intervals are compared.",
    ),
    (
        "fail-on",
        "`--fail-on 'MEASURE > CHANGE'` or `'MEASURE < CHANGE'`: the change that is still allowed, as a percentage of the base (`+10%`) or in the measure's unit (`+30s`). `rto.write.p99` is a quantile over faults, whose change is that of the pairs around it; `rto.write` is all faults; `[region(write)]` behind it means one class of faults; `unavailability...` is what availability lacks of 1. Kept: it is shown that the change is within. Regression (exit 97): it is shown that it is beyond. Else inconclusive (exit 4). Each wrong answer has a risk of 2.5 %. Below six pairs there is no test: then all pairs must agree.",
    ),
    (
        "regression",
        "Verdict of a gate (--fail-on): the change is beyond the margin, and this is no chance. The command exits with 97.",
    ),
    ("kept", "Verdict of a gate (--fail-on): the change is not beyond the margin."),
    (
        "worse",
        "Verdict of a row of a comparison: it changed for the worse, by more than chance would do over all rows. `better` likewise; `changed` where neither way is better; `no difference shown` does not mean that there is none; `not tested` is one pair of windows.",
    ),
    (
        "baseline",
        "Results that are kept by name: `--save-baseline NAME` with run or compare, `compare FILE --baseline NAME`, `--accept` to put the new results in its place. They lie under results/baselines (or `--baselines DIR`), by scenario. One of another scenario or version is refused.",
    ),
    (
        "shard",
        "One of the parts that a study is split into: `run FILE --windows W --shard I/N --out DIR` on each machine, then `merge DIR...`, in any order. Every shard runs the pilot, which freezes how the windows are divided between strata; the I-th of N runs each N-th of the others. Shards have the same scenario, options and version of Geodes; a missing, doubled, foreign or damaged one is refused by its number. The merged result has the bytes of the study run in one piece.",
    ),
    (
        "windows.csv",
        "File of a result directory: the values of each window, by which stored results are compared pair by pair. One row per window (its seed, in a study its key, stratum and weight, and the fingerprint of its events), one column per measure and per measure and class of faults; an empty cell is no value, `inf` is 'not restored'. It holds at most two million values: of more windows the first ones.",
    ),
];

/// What a word of the results means.
pub fn explain(word: &str) -> Option<String> {
    let (name, text) = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))?;
    Some(format!("{name}\n\n{text}"))
}

/// Every word.
pub fn names() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guarantee_that_is_checked_is_explained() {
        use crate::history::checkers::{CheckSpec, Checkers};
        let spec =
            CheckSpec { no_loss: true, bounded: Some((1, Default::default())), ..CheckSpec::default() };
        for verdict in Checkers::new(spec).finish() {
            assert!(explain(verdict.name).is_some(), "{}", verdict.name);
        }
        assert!(explain("Met").is_some() && explain("nonsense").is_none());
    }
}
