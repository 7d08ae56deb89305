use geodes::base::diagnostics::SourceMap;
use geodes::base::ids::*;
use geodes::base::time::*;
use geodes::engine::contract::*;
use geodes::engine::record::*;
use geodes::scenario::*;
use geodes::system::cosmos_db::*;
use geodes::system::registry::*;
use schemars::{Schema, SchemaGenerator};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
struct Grab(Arc<Mutex<Option<(Settings, Vec<command::Command>)>>>);
impl AnySystem for Grab {
    fn info(&self) -> &SystemInfo {
        &CosmosDb::INFO
    }
    fn config_schema(&self, g: &mut SchemaGenerator) -> Schema {
        g.subschema_for::<<CosmosDb as Configure>::Config>()
    }
    fn command_schema(&self, g: &mut SchemaGenerator) -> Schema {
        g.subschema_for::<<CosmosDb as Configure>::CommandText>()
    }
    fn check(
        &self,
        _: &geodes::base::document::Node,
        _: &[CommandNode<'_>],
        _: &mut geodes::base::diagnostics::Diagnostics,
    ) {
    }
    fn resolve(
        &self,
        config: &geodes::base::document::Node,
        commands: &[CommandNode<'_>],
        plan: &mut geodes::model::plan::Plan,
        errors: &mut geodes::base::diagnostics::Diagnostics,
    ) -> Option<Box<dyn Runnable>> {
        let c = geodes::base::document::read(config, "x", errors)?;
        let cs: Option<Vec<_>> =
            commands.iter().map(|(_, n)| geodes::base::document::read(n, "y", errors)).collect();
        let (s, c) = CosmosDb::resolve(c, cs?, plan, errors)?;
        *self.0.lock().unwrap() = Some((s.clone(), c.clone()));
        Some(Box::new(geodes::engine::run::Ready::<CosmosDb>::new(s, c)))
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let slot = Arc::new(Mutex::new(None));
    let reg = Registry::new().with(Grab(slot.clone()));
    let mut src = SourceMap::new();
    let sc = match Loader::new(&reg, &geodes::scenario::BuiltinProfiles).load(
        a[1].as_ref(),
        &a[3..].to_vec(),
        &mut src,
    ) {
        Ok(s) => s,
        Err(e) => {
            println!("{}", e.render(&src, geodes::base::diagnostics::Style::Plain));
            return;
        }
    };
    let (s, c) = slot.lock().unwrap().take().unwrap();
    let ready = geodes::engine::run::Ready::<CosmosDb>::new(s, c);
    let spec = WindowSpec {
        seed: sc.plan.seed,
        trail: Some(geodes::engine::trail::TrailSpec { every: 0, describe: (0, u64::MAX) }),
        ..Default::default()
    };
    let n = sc.plan.partitions;
    let mut w = ready.world(&Arc::new(sc.plan.clone()), spec, (0..n).map(PartitionId).collect());
    let until: u64 = a[2].parse().unwrap();
    let t0 = std::time::Instant::now();
    let mut t = 0;
    let mut last = 0;
    while t < until {
        t += 60.max(until / 40);
        w.run_until(SimTime::ZERO + Span::secs(t));
        let mut m: BTreeMap<String, u64> = BTreeMap::new();
        for e in &w.trail().events[last..] {
            let f: Vec<&str> = e.split(' ').collect();
            let k = f[f.len() - 3].to_string() + "/" + f[f.len() - 2];
            *m.entry(k).or_default() += 1;
        }
        last = w.trail().events.len();
        let mut v: Vec<_> = m.into_iter().collect();
        v.sort_by_key(|x| std::cmp::Reverse(x.1));
        println!("t={t} events={} {:?} cpu={:?}", w.events(), &v[..v.len().min(9)], t0.elapsed());
        for r in w.take_records() {
            match r {
                Record::Change { at, change, .. } => println!("   {at} {change:?}"),
                Record::FaultBegan { at, site, .. } => println!("   {at} FAULT {site:?}"),
                Record::FaultEnded { at, .. } => println!("   {at} HEAL"),
                Record::Lost(l) => println!("   {} LOST {:?} rec={}", l.at, l.write, l.recoverable),
                Record::Exposed { writes, partition, .. } => println!("   EXPOSED {partition:?} {writes}"),
                Record::Admin { at, answer, .. } => println!("   {at} ADMIN {answer:?}"),
                Record::Completed(o)
                    if o.outcome != geodes::model::operation::Outcome::Ok && o.status.code != 404 =>
                {
                    if std::env::var("OPS").is_ok() {
                        println!(
                            "   {} {} {:?} {} c{} p{}",
                            o.completed.0,
                            o.action.name(),
                            o.outcome,
                            o.status,
                            o.client.0,
                            o.partition.0
                        )
                    }
                }
                _ => {}
            }
        }
    }
}
