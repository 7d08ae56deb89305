//! The one table of measures: names, units, definitions, and where each value comes from.

use crate::base::time::Span;
use crate::engine::record::Purpose;
use crate::measure::availability::AvailabilityFinding;
use crate::measure::findings::{CauseFilter, CauseFinding, Reading, WindowFindings};
use crate::measure::histogram::{Quantile, Summary};
use crate::measure::latency::LatencyFinding;
use crate::measure::number::Unit;
use crate::measure::paths::{Ask, Kinds, Measure, Quantiles, Scopes};
use crate::measure::rto::finding::RtoFinding;
use crate::measure::series::Scope;
use crate::measure::staleness::StalenessFinding;
use crate::measure::throttles::ThrottleFinding;

/// All measures, in the order in which results list them.
pub static TABLE: &[Measure] = &[
    Measure {
        name: "availability.request",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "Operations that succeeded over all operations of the load in the window. An operation is one \
                     client call with all its retries; a time-out, a refusal and a final 429 are failures. Left out: \
                     operations that got the right answer of a service that works (404, 409 or 412 without sub- \
                     status), reads that close the window, and those that were never invoked because their client \
                     was down.",
        read: |w, a| availability(w, a, |f| Reading::Ratio(f.ok as f64, f.operations() as f64)),
    },
    Measure {
        name: "availability.request-month",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "`availability.request` over one 730 h month of the same request rate that holds the window and \
                     is quiet elsewhere: exactly the scripted faults, once.",
        read: |w, a| availability(w, a, |f| Reading::Number(f.request_month())),
    },
    Measure {
        name: "availability.time",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "Share of time in which the service was up: an interval between two consecutive operations of a \
                     series (client region, partition, read or write) is down when the operation that opens it \
                     failed. Time in which the clients were down with their region is left out.",
        read: |w, a| availability(w, a, |f| Reading::Ratio(f.up, f.up + f.down)),
    },
    Measure {
        name: "availability.time-month",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "`availability.time` over one 730 h month that holds the window and is quiet elsewhere.",
        read: |w, a| availability_if(w, a, |f| f.time_month().map(Reading::Number)),
    },
    Measure {
        name: "availability.hourly",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "The rule of the Cosmos DB SLA: the mean over the hours of a month of one minus the hour's error \
                     rate. A request failed if it ended in an error, in 408, or not in success within 5 s; other 4xx \
                     (429, 404/1002, 403/3) do not count, but 410 does, which is how a missing commit quorum shows; \
                     an hour without requests has no errors. A scripted scenario is judged over one 730 h month that \
                     holds the window and is quiet elsewhere.",
        read: |w, a| availability(w, a, |f| Reading::Number(f.hourly_month)),
    },
    Measure {
        name: "availability.hourly-window",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "The rule of `availability.hourly` over the hours of the window only.",
        read: |w, a| availability(w, a, |f| Reading::Number(f.hourly_window)),
    },
    Measure {
        name: "rto",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: from its onset to the first invocation time r such that of the operations \
                     of a series invoked in [r, r + hold) at least `share` succeed (10 s and 99 % unless the \
                     scenario says otherwise; the stretch is lengthened until it holds 100 operations). 0 if no more \
                     than the error rate from before the first onset failed until the next onset; infinite (null, \
                     counted as censored) if service was not restored while the load lasted. The account's is that \
                     of its worst series (client region, partition). Time in which the series' own clients were down \
                     is left out.",
        read: |w, a| recovery(w, a, |f| f.seconds()),
    },
    Measure {
        name: "rto.censored",
        unit: Unit::Count,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: 1 if service was not restored while the load lasted, else 0.",
        read: |w, a| recovery(w, a, |f| f64::from(u8::from(f.rto.is_none()))),
    },
    Measure {
        name: "rto.detect",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from the onset until the failure \
                     was noticed. The five parts (detect, decide, elect, catch-up, reroute) come from the run's \
                     events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.detect.seconds()),
    },
    Measure {
        name: "rto.decide",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from its detection until the \
                     system decided what to do. The five parts (detect, decide, elect, catch-up, reroute) come from \
                     the run's events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.decide.seconds()),
    },
    Measure {
        name: "rto.elect",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from the decision until a leader \
                     was elected or a new lineage begun. The five parts (detect, decide, elect, catch-up, reroute) \
                     come from the run's events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.elect.seconds()),
    },
    Measure {
        name: "rto.catch-up",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from the election until the \
                     partition accepted writes. The five parts (detect, decide, elect, catch-up, reroute) come from \
                     the run's events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.catch_up.seconds()),
    },
    Measure {
        name: "rto.reroute",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from then until clients succeeded \
                     again, and all that no event explains. The five parts (detect, decide, elect, catch-up, \
                     reroute) come from the run's events and add up to the RTO; all are 0 where service was not \
                     restored.",
        read: |w, a| recovery(w, a, |f| f.phases.reroute.seconds()),
    },
    Measure {
        name: "rto.relapses",
        unit: Unit::Count,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: how often a series dropped below the required share again after it was \
                     restored, until the next onset.",
        read: |w, a| recovery(w, a, |f| f.relapses as f64),
    },
    Measure {
        name: "rto.relapse-time",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: how long relapses took together, each from its first failed operation \
                     until service was restored again.",
        read: |w, a| recovery(w, a, |f| f.relapse_time.seconds()),
    },
    Measure {
        name: "rto.resolution",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "The mean gap between the operations of the series that gave the RTO: it cannot be known more \
                     finely than that.",
        read: |w, a| recovery(w, a, |f| f.resolution.map_or(f64::INFINITY, Span::seconds)),
    },
    Measure {
        name: "outage.time",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: time below the required share, in the worst series: the first outage and \
                     all relapses, each from its first failed operation until service was restored. Unlike the RTO \
                     it also sees an outage that begins long after the onset.",
        read: |w, a| recovery(w, a, |f| f.outage.seconds()),
    },
    Measure {
        name: "rpo.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: acknowledged writes lost. The harness computes the lost set from acknowledgements \
                     and durable state, at every promotion and every permanent loss. A write counts as superseded, \
                     not lost, only if a later one in the surviving lineage or a recorded conflict decision \
                     overruled it; conflict losers are counted apart.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.all.writes as f64)),
    },
    Measure {
        name: "rpo.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: bytes of the acknowledged writes lost.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.all.bytes as f64)),
    },
    Measure {
        name: "rpo.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: max(onset, acknowledgement of the newest) - acknowledgement of the oldest of the \
                     writes lost; 0 if there are none. An isolated old primary may go on acknowledging after the \
                     onset: that is split brain, and it shows.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.all.time.seconds())),
    },
    Measure {
        name: "rpo.recoverable.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: acknowledged writes lost, but still on a disk that exists: they may come back \
                     through the conflict feed or a merge. The harness computes the lost set from acknowledgements \
                     and durable state, at every promotion and every permanent loss. A write counts as superseded, \
                     not lost, only if a later one in the surviving lineage or a recorded conflict decision \
                     overruled it; conflict losers are counted apart.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.recoverable.writes as f64)),
    },
    Measure {
        name: "rpo.recoverable.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: bytes of the acknowledged writes lost, but still on a disk that exists: they may \
                     come back through the conflict feed or a merge.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.recoverable.bytes as f64)),
    },
    Measure {
        name: "rpo.recoverable.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: max(onset, acknowledgement of the newest) - acknowledgement of the oldest of the \
                     writes lost, but still on a disk that exists: they may come back through the conflict feed or a \
                     merge; 0 if there are none. An isolated old primary may go on acknowledging after the onset: \
                     that is split brain, and it shows.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.recoverable.time.seconds())),
    },
    Measure {
        name: "rpo.permanent.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: acknowledged writes lost for good. The harness computes the lost set from \
                     acknowledgements and durable state, at every promotion and every permanent loss. A write counts \
                     as superseded, not lost, only if a later one in the surviving lineage or a recorded conflict \
                     decision overruled it; conflict losers are counted apart.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.permanent.writes as f64)),
    },
    Measure {
        name: "rpo.permanent.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: bytes of the acknowledged writes lost for good.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.permanent.bytes as f64)),
    },
    Measure {
        name: "rpo.permanent.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: max(onset, acknowledgement of the newest) - acknowledgement of the oldest of the \
                     writes lost for good; 0 if there are none. An isolated old primary may go on acknowledging \
                     after the onset: that is split brain, and it shows.",
        read: |w, a| causes(w, a, |c| Some(c.rpo.permanent.time.seconds())),
    },
    Measure {
        name: "exposed.writes",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault, at its onset: acknowledged writes that no reachable region holds. Rows about several \
                     write regions and about failover switched off are judged on it: nothing is lost yet, but \
                     nothing can be read either.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.all.writes as f64)),
    },
    Measure {
        name: "exposed.bytes",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault, at its onset: bytes of acknowledged writes that no reachable region holds. Rows \
                     about several write regions and about failover switched off are judged on it: nothing is lost \
                     yet, but nothing can be read either.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.all.bytes as f64)),
    },
    Measure {
        name: "exposed.time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault, at its onset: time from the oldest acknowledged write that no reachable region holds \
                     to the onset. Rows about several write regions and about failover switched off are judged on \
                     it: nothing is lost yet, but nothing can be read either.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.all.time.seconds())),
    },
    Measure {
        name: "exposed.returned",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many came back in \
                     their place when their region returned by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.returned as f64)),
    },
    Measure {
        name: "exposed.conflict-feed",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many were put into the \
                     conflict feed and left there by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.conflict_feed as f64)),
    },
    Measure {
        name: "exposed.merged",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many were replaced by \
                     the result of a merge by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.merged as f64)),
    },
    Measure {
        name: "exposed.conflict-lost",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many were overruled by \
                     a recorded conflict decision by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.conflict_lost as f64)),
    },
    Measure {
        name: "exposed.lost",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault: of the writes that no reachable region held at its onset, how many are gone for good \
                     by the end of the window.",
        read: |w, a| causes(w, a, |c| c.is_fault().then_some(c.exposed.permanently_lost as f64)),
    },
    Measure {
        name: "conflicts.lost",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Writes overruled by a recorded conflict decision in which both took part. They are no losses, \
                     and are counted apart from them.",
        read: |w, _| Some(Reading::Number(w.conflict_losers as f64)),
    },
    Measure {
        name: "conflicts.merged",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Conflicts settled by a merge procedure, whose result replaced the writes in conflict.",
        read: |w, _| Some(Reading::Number(w.merges as f64)),
    },
    Measure {
        name: "latency",
        unit: Unit::Seconds,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Latency of successful operations as clients see it, from the intended time of the call, with \
                     all retries. Quantiles come from a histogram with three significant digits. Read it beside \
                     `latency.none`: failed operations have no latency.",
        read: |w, a| latency(w, a, |f| f.all),
    },
    Measure {
        name: "latency.in-region",
        unit: Unit::Seconds,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Latency of those successful operations that were served by the client's own region: what \
                     providers promise.",
        read: |w, a| latency(w, a, |f| f.in_region),
    },
    Measure {
        name: "latency.beyond-2rtt",
        unit: Unit::Seconds,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Latency less twice the median round trip between the two farthest regions that hold data: what \
                     a promise of the form `2 x RTT + 10 ms` leaves. 0 when it is below that.",
        read: |w, a| beyond_round_trips(w, a),
    },
    Measure {
        name: "latency.none",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Share of operations that have no latency because they failed.",
        read: |w, a| {
            w.latency
                .get(&(a.scope, a.kind?))
                .map(|f| Reading::Ratio(f.failed as f64, (f.ok + f.failed) as f64))
        },
    },
    Measure {
        name: "latency.saturated",
        unit: Unit::Count,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Latencies beyond the histogram's range (24 h), counted as the longest it can hold.",
        read: |w, a| {
            w.latency
                .get(&(a.scope, a.kind?))
                .map(|f| Reading::Number(f.all.map_or(0, |s| s.saturated) as f64))
        },
    },
    Measure {
        name: "staleness.time",
        unit: Unit::Seconds,
        kinds: Kinds::ReadOnly,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Of a read: the age, at its invocation, of the oldest acknowledged write to its key that it \
                     missed; 0 if it missed none.",
        read: |w, a| staleness(w, a, |f| f.time),
    },
    Measure {
        name: "staleness.versions",
        unit: Unit::Count,
        kinds: Kinds::ReadOnly,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Of a read: how many acknowledged writes to its key it missed.",
        read: |w, a| staleness(w, a, |f| f.versions),
    },
    Measure {
        name: "staleness.current",
        unit: Unit::Fraction,
        kinds: Kinds::ReadOnly,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Share of reads that missed no acknowledged write to their key.",
        read: |w, a| w.staleness.get(&a.scope).map(|f| Reading::Ratio(f.current as f64, f.time.count as f64)),
    },
    Measure {
        name: "throttles.share",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Share of operations that ended in 429 (too many requests). They are failures of \
                     `availability.request`, and listed here apart.",
        read: |w, a| throttles(w, a, |f| Reading::Ratio(f.failed as f64, f.operations as f64)),
    },
    Measure {
        name: "throttles.touched",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Share of operations of which at least one try was answered 429, whatever they ended in.",
        read: |w, a| throttles(w, a, |f| Reading::Ratio(f.touched as f64, f.operations as f64)),
    },
    Measure {
        name: "throttles.attempts",
        unit: Unit::Count,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Tries answered 429, over all operations.",
        read: |w, a| throttles(w, a, |f| Reading::Number(f.attempts as f64)),
    },
    Measure {
        name: "throttles.lag-time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "The longest that the writes of one partition were held back in all because a region lagged by \
                     the bound of bounded staleness.",
        read: |w, _| Some(Reading::Number(w.longest_lag_throttle.seconds())),
    },
    Measure {
        name: "traffic.client",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for requests and responses of clients; with a region, \
                     those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Client),
    },
    Measure {
        name: "traffic.replication",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for log shipping, appends and acknowledgements; with a \
                     region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Replication),
    },
    Measure {
        name: "traffic.copy",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for copies of whole replicas, backups and restores; with \
                     a region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Copy),
    },
    Measure {
        name: "traffic.control",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for heartbeats, elections, decisions and discovery; with \
                     a region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Control),
    },
    Measure {
        name: "clients.skipped",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Operations that were due while their client was itself down, and so were never invoked: \
                     excluded from every other measure.",
        read: |w, a| skipped(w, a),
    },
    Measure {
        name: "operations",
        unit: Unit::Count,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "Operations of the load that availability counts, succeeded and failed together.",
        read: |w, a| availability(w, a, |f| Reading::Number(f.operations() as f64)),
    },
    Measure {
        name: "operations.answered",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Operations that failed with the right answer of a service that works (404, 409 or 412 without \
                     sub-status): left out of availability, RTO and latency.",
        read: |w, _| Some(Reading::Number(w.answers as f64)),
    },
    Measure {
        name: "operations.censored",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Operations still open when the window ended: neither failed nor succeeded.",
        read: |w, _| Some(Reading::Number(w.censored as f64)),
    },
    Measure {
        name: "sessions.reset",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Operations before or during which the client dropped its session, because its token named a \
                     lost suffix.",
        read: |w, _| Some(Reading::Number(w.session_resets as f64)),
    },
    Measure {
        name: "failovers.in-outage",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Planned switches of the write region that were asked for and carried out while a region was \
                     out; without a value if none was asked for.",
        read: |w, _| w.failovers_in_outage().map(|(_, done)| Reading::Number(done as f64)),
    },
    Measure {
        name: "plan",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "`plan.<fact>` is a fact of the resolved plan that is a number, such as `plan.replicas-per- \
                     region`.",
        read: |w, a| w.setting.facts.get(a.fact?)?.trim().parse().ok().map(Reading::Number),
    },
];

fn availability(
    w: &WindowFindings,
    ask: &Ask,
    read: impl Fn(&AvailabilityFinding) -> Reading,
) -> Option<Reading> {
    availability_if(w, ask, |finding| Some(read(finding)))
}

fn availability_if(
    w: &WindowFindings,
    ask: &Ask,
    read: impl Fn(&AvailabilityFinding) -> Option<Reading>,
) -> Option<Reading> {
    read(w.availability.get(&(ask.scope, ask.kind?))?)
}

fn causes(w: &WindowFindings, ask: &Ask, read: impl Fn(&CauseFinding) -> Option<f64>) -> Option<Reading> {
    let every = CauseFilter::default();
    let filter = ask.filter.unwrap_or(&every);
    Some(Reading::PerFault(w.causes.iter().filter(|c| filter.has(c)).filter_map(read).collect()))
}

fn recovery(w: &WindowFindings, ask: &Ask, read: impl Fn(&RtoFinding) -> f64) -> Option<Reading> {
    causes(w, ask, |cause| cause.rto(ask.scope, ask.kind).as_ref().map(&read))
}

fn latency(
    w: &WindowFindings,
    ask: &Ask,
    of: impl Fn(&LatencyFinding) -> Option<Summary>,
) -> Option<Reading> {
    let summary = of(w.latency.get(&(ask.scope, ask.kind?))?)?;
    Some(Reading::Number(summary.quantile(ask.quantile.unwrap_or(Quantile::Max))))
}

fn beyond_round_trips(w: &WindowFindings, ask: &Ask) -> Option<Reading> {
    let trips = w.setting.twice_farthest?.seconds();
    match latency(w, ask, |finding| finding.all)? {
        Reading::Number(seconds) => Some(Reading::Number((seconds - trips).max(0.0))),
        other => Some(other),
    }
}

fn staleness(w: &WindowFindings, ask: &Ask, of: impl Fn(&StalenessFinding) -> Summary) -> Option<Reading> {
    let summary = of(w.staleness.get(&ask.scope)?);
    Some(Reading::Number(summary.quantile(ask.quantile.unwrap_or(Quantile::Max))))
}

fn throttles(w: &WindowFindings, ask: &Ask, read: impl Fn(&ThrottleFinding) -> Reading) -> Option<Reading> {
    w.throttles.get(&(ask.scope, ask.kind?)).map(read)
}

fn traffic(w: &WindowFindings, ask: &Ask, purpose: Purpose) -> Option<Reading> {
    let from = if let Scope::Region(region) = ask.scope { Some(region) } else { None };
    Some(Reading::Number(w.traffic.between_regions(purpose, from) as f64))
}

fn skipped(w: &WindowFindings, ask: &Ask) -> Option<Reading> {
    let counts = match ask.scope {
        Scope::Region(region) => w.skipped.get(&region).copied().unwrap_or(0),
        _ => w.skipped.values().sum(),
    };
    Some(Reading::Number(counts as f64))
}
