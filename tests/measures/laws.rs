//! Laws that hold for all windows.

use crate::watched::{Op, WEST, Window, add_fault, ms, plan, secs, single};
use geodes::base::ids::RegionId;
use geodes::base::time::Span;
use geodes::engine::contract::Observer;
use geodes::engine::record::Change;
use geodes::measure::in_order::InOrder;
use geodes::measure::watch::Watch;
use geodes::model::fault::FaultKind;
use geodes::model::operation::{OpId, Outcome, Status};
use proptest::prelude::*;

fn any_op() -> impl Strategy<Value = Op> {
    (0u64..400_000, 1u64..20_000, 0u32..2, 0u32..2, any::<bool>(), 0u8..12).prop_map(
        |(at, took, region, partition, write, end)| {
            let (outcome, status) = match end {
                0 => (Outcome::Fail, Status::new(503, 0)),
                1 => (Outcome::Fail, Status::THROTTLED),
                2 => (Outcome::Unknown, Status::TIMEOUT),
                3 => (Outcome::Fail, Status::new(412, 0)),
                _ => (Outcome::Ok, Status::OK),
            };
            let (at, took, region) = (ms(at), Span::millis(took), RegionId(region));
            Op { at, took, region, partition, write, outcome, status }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merged_partitions_equal_the_whole(ops in prop::collection::vec(any_op(), 1..400)) {
        let mut plan = plan();
        let fault = add_fault(&mut plan, secs(100), Some(Span::secs(60)), FaultKind::PowerLoss);
        let around = |ops: &[Op]| {
            Window::default()
                .ops(ops)
                .fault(fault, secs(100), "region(write)", &[WEST])
                .change(secs(110), Change::Decided { what: "fail over".into(), partition: None })
                .fault_ends(fault, secs(160))
                .records()
        };
        let watch = |ops: &[Op]| {
            let mut watch = Watch::new(&plan);
            watch.on_records(&around(ops));
            watch
        };
        let of = |partition| ops.iter().filter(|op| op.partition == partition).cloned().collect::<Vec<_>>();
        let mut merged = watch(&of(0));
        Observer::merge(&mut merged, Box::new(watch(&of(1))));
        let (merged, whole) = (merged.findings(), watch(&ops).findings());
        prop_assert_eq!(&merged.causes, &whole.causes);
        prop_assert_eq!(&merged.timeline, &whole.timeline);
        prop_assert_eq!(single(merged).all(), single(whole).all());
    }

    #[test]
    fn outcomes_leave_in_order_of_invocation(
        ops in prop::collection::vec((0u64..1_000, 0u64..300), 1..200)
    ) {
        // What the queue lets out equals all outcomes, sorted at the end.
        let mut events: Vec<(u64, u64, bool)> = Vec::new();
        for (id, (at, took)) in ops.iter().enumerate() {
            events.push((*at, id as u64, false));
            events.push((at + took, id as u64, true));
        }
        events.sort_by_key(|(time, id, ends)| (*time, *ends, *id));
        let mut order = InOrder::new(Span::secs(300));
        let mut out = Vec::new();
        for (time, id, ends) in events {
            let at = (secs(ops[id as usize].0), id);
            if ends { order.settle(at, OpId(id), Some(at)) } else { order.announce(at, OpId(id)) }
            while let Some(next) = order.next(secs(time)) {
                out.push(next);
            }
        }
        while let Some(next) = order.drain() {
            out.push(next);
        }
        let sorted = { let mut all = out.clone(); all.sort(); all };
        prop_assert_eq!(out.len(), ops.len());
        prop_assert_eq!(out, sorted);
    }
}
