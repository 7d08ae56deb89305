//! From a story's lines to a world, through the scenario reader: a story can say what a scenario can, and no more.

use crate::resolved::{self, Loaded};
use geodes::base::ids::PartitionId;
use geodes::base::time::Span;
use geodes::engine::contract::WindowSpec;
use geodes::engine::run::Ready;
use geodes::engine::world::World;
use geodes::model::fault::Fault;
use geodes::model::plan::{Limits, Plan};
use geodes::system::registry::Configure;
use std::marker::PhantomData;
use std::sync::Arc;

/// The scenario that a story's `deploy` stands for.
pub struct Script<S> {
    system: PhantomData<S>,
    text: String,
    /// The clients' regions, in order of their ids.
    pub clients: Vec<String>,
}

impl<S: Configure> Script<S> {
    /// Reads the lines below `deploy`.
    pub fn new(lines: &str) -> Self {
        let (mut topology, mut clients, mut timeout, mut seed) = ("[]", None, "\"10s\"", "1");
        let mut fail = "false";
        let mut system = String::new();
        for line in lines.lines() {
            let (key, value) = line.split_once('=').map_or((line, ""), |(k, v)| (k.trim(), v.trim()));
            match key {
                "topology" => topology = value,
                "clients-in" => clients = Some(value),
                "timeout" => timeout = value,
                "seed" => seed = value,
                "clients-fail-with-region" => fail = value,
                _ => system += &format!("{line}\n"),
            }
        }
        let names = clients.unwrap_or(topology).split('"').skip(1).step_by(2);
        let clients: Vec<String> = names.map(str::to_string).collect();
        let workload = |(i, region): (usize, &String)| {
            format!(
                "[workload.c{i}]\nclients = {{ region = \"{region}\", count = 1, fail-with-region = {fail} }}\n\
                 rate = \"1/s\"\nreads = \"50%\"\nkeys = 100\ntimeout = {timeout}\n"
            )
        };
        let workloads: String = clients.iter().enumerate().map(workload).collect();
        let text = format!(
            "name = \"story\"\nseed = {seed}\n[topology]\ncatalog = \"azure\"\nregions = {topology}\n\
             [system.{}]\n{system}{workloads}",
            S::INFO.name
        );
        Script { system: PhantomData, text, clients }
    }

    fn load(&self, more: &str) -> Result<Loaded<S>, String> {
        resolved::system::<S>(&format!("{}{more}", self.text))
    }

    /// A world in which nothing happens by itself, and which does not end.
    pub fn world(&self) -> Result<(Arc<Plan>, World<S>), String> {
        let (mut plan, settings, commands) = self.load("")?;
        plan.workloads.iter_mut().for_each(|(_, workload)| workload.rate_per_s = 0.0);
        plan.limits = Limits { at_least: Span::MAX, cap: Span::MAX, until_settled: false };
        let spec = WindowSpec { seed: plan.seed, ..WindowSpec::default() };
        let partitions = (0..plan.partitions).map(PartitionId).collect();
        let plan = Arc::new(plan);
        let world = Ready::<S>::new(settings, commands).world(&plan, spec, partitions);
        Ok((plan, world))
    }

    /// The fault of this kind at this scope; it lasts until it is healed.
    pub fn fault(&self, kind: &str, scope: &str) -> Result<Fault, String> {
        let lasts = if kind == "\"destroyed\"" { "" } else { "lasts = \"1min\"\n" };
        let text = format!("[[fault]]\nscope = \"{scope}\"\nkind = {kind}\nat = \"1s\"\n{lasts}");
        let (plan, ..) = self.load(&text)?;
        let mut fault = plan.faults.as_slice().first().cloned().ok_or("no fault")?;
        fault.lasts = None;
        Ok(fault)
    }

    /// The command that `do = ...` stands for.
    pub fn action(&self, order: &str) -> Result<S::Command, String> {
        let (.., commands) = self.load(&format!("[[action]]\nat = \"1s\"\ndo = {order}\n"))?;
        commands.into_iter().next().ok_or_else(|| "no command".to_string())
    }
}
