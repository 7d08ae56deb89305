//! What the load met: latency, throttles, traffic.

use crate::base::calendar::MONTH;
use crate::base::ids::RegionId;
use crate::base::time::SimTime;
use crate::engine::record::Purpose;
use crate::measure::findings::{Reading, WindowFindings};
use crate::measure::histogram::{Quantile, Summary};
use crate::measure::latency::LatencyFinding;
use crate::measure::number::Unit;
use crate::measure::paths::{Ask, Kinds, Measure, Quantiles, Scopes, Statistic};
use crate::measure::series::Scope;
use crate::measure::throttles::ThrottleFinding;

/// Measures of this part.
pub(super) static TABLE: &[Measure] = &[
    Measure {
        name: "latency",
        unit: Unit::Seconds,
        kinds: Kinds::Both,
        scopes: Scopes::Regions,
        quantiles: Quantiles::Operations,
        definition: "Latency of successful operations as clients see it, from the intended time of the call, \
                     with all retries. Quantiles come from a histogram with three significant digits. Read it \
                     beside `latency.none`: failed operations have no latency.",
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
        definition: "Latency less twice the median round trip between the two farthest regions that hold data: \
                     what a promise of the form `2 x RTT + 10 ms` leaves. 0 when it is below that.",
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
        definition: "Tries answered 429, of all operations of the load, whatever these ended in.",
        read: |w, a| throttles(w, a, |f| Reading::Number(f.attempts as f64)),
    },
    Measure {
        name: "throttles.lag-time",
        unit: Unit::Seconds,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "The longest that the writes of one partition were held back in all because a region lagged \
                     by the bound of bounded staleness.",
        read: |w, _| Some(Reading::Number(w.longest_lag_throttle.seconds())),
    },
    Measure {
        name: "traffic.client",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for requests and responses of clients; with a \
                     region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Client),
    },
    Measure {
        name: "traffic.replication",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for log shipping, appends and acknowledgements; with \
                     a region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Replication),
    },
    Measure {
        name: "traffic.copy",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for copies of whole replicas, backups and restores; \
                     with a region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Copy),
    },
    Measure {
        name: "traffic.control",
        unit: Unit::Bytes,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for heartbeats, elections, decisions and discovery; \
                     with a region, those that left it. The result files list them by directed link.",
        read: |w, a| traffic(w, a, Purpose::Control),
    },
    Measure {
        name: "traffic.between-regions",
        unit: Unit::BytesPerSecond,
        kinds: Kinds::None,
        scopes: Scopes::Regions,
        quantiles: Quantiles::None,
        definition: "Bytes sent from one region to another for any purpose, over the virtual time simulated; with a \
                     region, those that left it. In a study: when nothing is broken.",
        read: traffic_rate,
    },
    Measure {
        name: "cost.month",
        unit: Unit::Dollars,
        kinds: Kinds::None,
        scopes: Scopes::Account,
        quantiles: Quantiles::None,
        definition: "What a month of 730 hours costs at list prices: the fees of what is there at the start, and all \
                     traffic between regions as it was over the virtual time simulated. Only of systems with a price \
                     list; in a study: when nothing is broken.",
        read: |w, _| monthly_cost(w),
    },
];

fn latency(
    w: &WindowFindings,
    ask: &Ask,
    of: impl Fn(&LatencyFinding) -> Option<Summary>,
) -> Option<Reading> {
    let summary = of(w.latency.get(&(ask.scope, ask.kind?))?)?;
    if ask.statistic == Some(Statistic::Mean) {
        return Some(Reading::Ratio(summary.mean * summary.count as f64, summary.count as f64));
    }
    Some(Reading::Number(summary.quantile(ask.quantile.unwrap_or(Quantile::Max))))
}

fn beyond_round_trips(w: &WindowFindings, ask: &Ask) -> Option<Reading> {
    let trips = w.setting.twice_farthest?.seconds();
    match latency(w, ask, |finding| finding.all)? {
        Reading::Number(seconds) => Some(Reading::Number((seconds - trips).max(0.0))),
        other => Some(other),
    }
}

fn throttles(w: &WindowFindings, ask: &Ask, read: impl Fn(&ThrottleFinding) -> Reading) -> Option<Reading> {
    w.throttles.get(&(ask.scope, ask.kind?)).map(read)
}

fn traffic(w: &WindowFindings, ask: &Ask, purpose: Purpose) -> Option<Reading> {
    Some(Reading::Number(w.traffic.between_regions(Some(purpose), sender(ask)) as f64))
}

fn traffic_rate(w: &WindowFindings, ask: &Ask) -> Option<Reading> {
    let seconds = w.end.as_ref()?.at.since(SimTime::ZERO).seconds();
    Some(Reading::Ratio(w.traffic.between_regions(None, sender(ask)) as f64, seconds))
}

fn monthly_cost(w: &WindowFindings) -> Option<Reading> {
    let costs = w.setting.costs.as_ref()?;
    let seconds = w.end.as_ref()?.at.since(SimTime::ZERO).seconds();
    Some(Reading::Ratio(costs.usd_month * seconds + w.traffic.usd(costs) * MONTH.seconds(), seconds))
}

fn sender(ask: &Ask) -> Option<RegionId> {
    if let Scope::Region(region) = ask.scope { Some(region) } else { None }
}
