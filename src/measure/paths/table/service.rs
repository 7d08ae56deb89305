//! How available the service was, and how long it took to recover.

use crate::base::time::Span;
use crate::measure::availability::AvailabilityFinding;
use crate::measure::findings::{Reading, WindowFindings};
use crate::measure::number::Unit;
use crate::measure::paths::table::causes;
use crate::measure::paths::{Ask, Kinds, Measure, Quantiles, Scopes};
use crate::measure::rto::finding::RtoFinding;
use crate::measure::series::Scope;

/// Measures of this part.
pub(super) static TABLE: &[Measure] = &[
    Measure {
        name: "availability.request",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "Operations that succeeded over all operations of the load in the window. An operation is \
                     one client call with all its retries; a time-out, a refusal and a final 429 are failures. \
                     Left out: operations that got the right answer of a service that works (404, 409 or 412 \
                     without sub-status), reads that close the window, and those that were never invoked \
                     because their client was down.",
        read: |w, a| availability(w, a, |f| Reading::Ratio(f.ok as f64, f.operations() as f64)),
    },
    Measure {
        name: "availability.request-month",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "`availability.request` over one 730 h month of the same request rate that holds the window \
                     and is quiet elsewhere: exactly the scripted faults, once.",
        read: |w, a| availability(w, a, |f| Reading::Number(f.request_month())),
    },
    Measure {
        name: "availability.time",
        unit: Unit::Fraction,
        kinds: Kinds::Both,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::None,
        definition: "Share of time in which the service was up: an interval between two consecutive operations \
                     of a series (client region, partition, read or write) is down when the operation that \
                     opens it failed. Time in which the clients were down with their region is left out.",
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
        definition: "The rule of the Cosmos DB SLA: the mean over the hours of a month of one minus the hour's \
                     error rate. A request failed if it ended in an error, in 408, or not in success within 5 \
                     s; other 4xx (429, 404/1002, 403/3) do not count, but 410 does, which is how a missing \
                     commit quorum shows; an hour without requests has no errors. A scripted scenario is judged \
                     over one 730 h month that holds the window and is quiet elsewhere.",
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
        definition: "Per fault or action: from its onset to the first invocation time r such that of the \
                     operations of a series invoked in [r, r + hold) at least `share` succeed (10 s and 99 % \
                     unless the scenario says otherwise; the stretch is lengthened until it holds 100 \
                     operations). 0 if no more than the error rate from before the first onset failed until the \
                     next onset; infinite (null, counted as censored) if service was not restored while the \
                     load lasted. The account's is that of its worst series (client region, partition). Time in \
                     which the series' own clients were down is left out.",
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
        definition: "Per fault or action: the part of the RTO of the worst series from the onset until the \
                     failure was noticed. The five parts (detect, decide, elect, catch-up, reroute) come from \
                     the run's events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.detect.seconds()),
    },
    Measure {
        name: "rto.decide",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from its detection until the \
                     system decided what to do. The five parts (detect, decide, elect, catch-up, reroute) come \
                     from the run's events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.decide.seconds()),
    },
    Measure {
        name: "rto.elect",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from the decision until a \
                     leader was elected or a new lineage begun. The five parts (detect, decide, elect, \
                     catch-up, reroute) come from the run's events and add up to the RTO; all are 0 where \
                     service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.elect.seconds()),
    },
    Measure {
        name: "rto.catch-up",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from the election until the \
                     partition accepted writes. The five parts (detect, decide, elect, catch-up, reroute) come \
                     from the run's events and add up to the RTO; all are 0 where service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.catch_up.seconds()),
    },
    Measure {
        name: "rto.reroute",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::Account,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: the part of the RTO of the worst series from then until clients \
                     succeeded again, and all that no event explains. The five parts (detect, decide, elect, \
                     catch-up, reroute) come from the run's events and add up to the RTO; all are 0 where \
                     service was not restored.",
        read: |w, a| recovery(w, a, |f| f.phases.reroute.seconds()),
    },
    Measure {
        name: "rto.relapses",
        unit: Unit::Count,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: how often a series dropped below the required share again after it \
                     was restored, until the next onset.",
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
        definition: "The mean gap between the operations of the series that gave the RTO: it cannot be known \
                     more finely than that.",
        read: |w, a| recovery(w, a, |f| f.resolution.map_or(f64::INFINITY, Span::seconds)),
    },
    Measure {
        name: "outage.time",
        unit: Unit::Seconds,
        kinds: Kinds::Worst,
        scopes: Scopes::RegionsAndPartitions,
        quantiles: Quantiles::Faults,
        definition: "Per fault or action: time below the required share, in the worst series: the first outage \
                     and all relapses, each from its first failed operation until service was restored. Unlike \
                     the RTO it also sees an outage that begins long after the onset.",
        read: |w, a| recovery(w, a, |f| f.outage.seconds()),
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
        definition: "Operations that failed with the right answer of a service that works (404, 409 or 412 \
                     without sub-status): left out of availability, RTO and latency.",
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
        definition: "Operations before or during which the client dropped its session, because its token named \
                     a lost suffix.",
        read: |w, _| Some(Reading::Number(w.session_resets as f64)),
    },
    Measure {
        name: "failovers.in-outage",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "Planned switches of the write region that were asked for and carried out while a region \
                     was out; without a value if none was asked for.",
        read: |w, _| w.failovers_in_outage().map(|(_, done)| Reading::Number(done as f64)),
    },
    Measure {
        name: "plan",
        unit: Unit::Count,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "`plan.<fact>` is a fact of the resolved plan that is a number, such as \
                     `plan.replicas-per-region`.",
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

fn skipped(w: &WindowFindings, ask: &Ask) -> Option<Reading> {
    let counts = match ask.scope {
        Scope::Region(region) => w.skipped.get(&region).copied().unwrap_or(0),
        _ => w.skipped.values().sum(),
    };
    Some(Reading::Number(counts as f64))
}

fn recovery(w: &WindowFindings, ask: &Ask, read: impl Fn(&RtoFinding) -> f64) -> Option<Reading> {
    causes(w, ask, |cause| cause.rto(ask.scope, ask.kind).as_ref().map(&read))
}
