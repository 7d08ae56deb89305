//! What an arrival asks: its kind and its key, from its draws.

use crate::base::ids::{Id, PartitionId};
use crate::engine::driver::client::Draws;
use crate::engine::driver::{Driver, keys};
use crate::model::operation::{Action, Key, WriteId};
use std::sync::Arc;

/// Share of register reads that go to a recently acknowledged write-once key instead.
const READS_OF_ONCE: f64 = 0.1;

/// Chooses key and action of an arrival at a partition.
pub(crate) fn choose(
    driver: &mut Driver,
    client: usize,
    partition: PartitionId,
    draws: &Draws,
) -> (Key, Action) {
    let workload = driver.clients[client].workload;
    let reads = driver.workloads[workload].plan.reads;
    if draws.read < reads {
        read(driver, client, partition, draws)
    } else {
        write(driver, client, partition, draws)
    }
}

fn read(driver: &Driver, client: usize, partition: PartitionId, draws: &Draws) -> (Key, Action) {
    let state = &driver.workloads[driver.clients[client].workload];
    let (registers, objects) = (state.registers.len(), state.objects.len());
    let batch = if state.plan.batch_keys > 0 && registers > 0 { state.plan.mix.batch } else { 0.0 };
    if draws.kind < batch {
        let keys: Arc<[Key]> = batch_keys(driver, client, draws).collect();
        return (keys[0], Action::BatchRead(keys));
    }
    let rest = (draws.kind - batch) / (1.0 - batch);
    if rest < objects as f64 / (registers + objects).max(1) as f64 {
        return (Key::object(state.objects.pick(draws.key)), Action::Read);
    }
    let recent = &driver.partitions[partition.index()].recent;
    if draws.once < READS_OF_ONCE || registers == 0 {
        let share = if registers == 0 { draws.once } else { draws.once / READS_OF_ONCE };
        let at = keys::scale(share, recent.len() as u64) as usize;
        if let Some(key) = recent.get(at) {
            return (*key, Action::Read);
        }
    }
    let key = if registers > 0 { Key::register(state.registers.pick(draws.key)) } else { Key::once(0) };
    (key, Action::Read)
}

fn write(driver: &mut Driver, client: usize, partition: PartitionId, draws: &Draws) -> (Key, Action) {
    let state = &driver.workloads[driver.clients[client].workload];
    let (once, mix) = (state.plan.write_once, state.plan.mix);
    let (has_registers, has_objects) = (state.registers.len() > 0, state.objects.len() > 0);
    let object = Key::object(state.objects.pick(draws.key));
    if draws.kind < once || !(has_registers || has_objects) {
        let serial = &mut driver.partitions[partition.index()].next_serial;
        let key = Key::once(*serial);
        *serial += 1;
        return (key, Action::Insert(WriteId::of_once(partition, key)));
    }
    let mut rest = (draws.kind - once) / (1.0 - once);
    let mut falls = |share: f64| {
        let hit = rest < share;
        rest -= share;
        hit
    };
    let shares =
        [falls(mix.insert), falls(mix.replace), falls(mix.delete), falls(mix.conditional), falls(mix.batch)];
    match shares.iter().position(|hit| *hit) {
        Some(0) if has_objects => (object, Action::Insert(driver.write_id())),
        Some(1) if has_objects => (object, Action::Replace(driver.write_id())),
        Some(2) if has_objects => (object, Action::Delete(driver.write_id())),
        Some(3) if has_objects => (object, conditional(driver, client, partition, object)),
        Some(4) if has_registers && state.plan.batch_keys > 0 => {
            let keys: Vec<Key> = batch_keys(driver, client, draws).collect();
            let writes: Arc<[_]> = keys.into_iter().map(|key| (key, driver.write_id())).collect();
            (writes[0].0, Action::Batch(writes))
        }
        _ if has_registers => {
            (Key::register(state.registers.pick(draws.key)), Action::Write(driver.write_id()))
        }
        _ => (object, Action::Replace(driver.write_id())),
    }
}

/// A conditional write expects what the client last saw there; without such a value it inserts or replaces.
fn conditional(driver: &mut Driver, client: usize, partition: PartitionId, key: Key) -> Action {
    let write = driver.write_id();
    match driver.clients[client].seen.get(&(partition, key)) {
        Some(Some(expected)) => Action::Conditional { expected: *expected, write },
        Some(None) => Action::Insert(write),
        None => Action::Replace(write),
    }
}

/// Distinct registers: a popular one and those that follow it.
fn batch_keys(driver: &Driver, client: usize, draws: &Draws) -> impl Iterator<Item = Key> + use<> {
    let state = &driver.workloads[driver.clients[client].workload];
    let n = state.registers.len();
    let first = state.registers.pick(draws.key);
    (0..u64::from(state.plan.batch_keys).min(n)).map(move |i| Key::register((first + i) % n))
}
