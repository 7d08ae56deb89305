//! The resolved plan as text: what `geodes check` prints.

use crate::base::time::Span;
use crate::model::plan::Plan;
use crate::report::text::{Columns, Style, wrap};

/// Lines are wrapped here, whatever the terminal: the text is meant to be stored and compared.
const STYLE: Style = Style { width: 120, colour: false };

/// The plan, section by section, and where each value came from.
pub fn text(plan: &Plan, system: &str) -> String {
    let mut out = format!("{}\n", plan.name);
    for line in wrap(&plan.about, STYLE.width - 2) {
        out.push_str(&format!("  {line}\n"));
    }
    out.push('\n');
    out.push_str(&summary(plan, system));
    for (title, table) in [
        ("Facts (SLA rows depend on them)", facts(plan)),
        ("SLA rows", rows(plan)),
        ("Values and where they come from", provenance(plan)),
    ] {
        let text = table.render(STYLE, 2);
        if !text.is_empty() {
            out.push_str(&format!("\n{title}\n{text}"));
        }
    }
    out
}

fn summary(plan: &Plan, system: &str) -> String {
    let mut table = Columns::new(&[false, false]);
    table.row(["system".to_owned(), format!("{system}, {} partitions", plan.partitions)]);
    table.row(["seed".to_owned(), plan.seed.to_string()]);
    for (id, region) in plan.topology.regions.iter() {
        let zones: Vec<_> = plan.topology.zones_of(id).collect();
        let nodes: usize = zones.iter().map(|zone| plan.topology.data_nodes_of(*zone).count()).sum();
        let clients = plan.clients.iter().filter(|(_, c)| c.region == id).count();
        table.row([
            "region".to_owned(),
            format!("{}: zones {}, data nodes {nodes}, clients {clients}", region.name, zones.len()),
        ]);
    }
    for (_, load) in plan.workloads.iter() {
        let reads = crate::report::number::percent(load.reads);
        let text = format!("{}: {}/s, {reads} reads, timeout {}", load.name, load.rate_per_s, load.timeout);
        table.row(["workload".to_owned(), text]);
    }
    for (_, fault) in plan.faults.iter() {
        let lasts = fault.lasts.map_or("for good".to_owned(), |lasts| format!("for {lasts}"));
        let text = format!("{} {} at {} {lasts}", fault.label, fault.kind.name(), fault.at);
        table.row(["fault".to_owned(), text]);
    }
    for (_, action) in plan.actions.iter() {
        table.row(["action".to_owned(), format!("{} at {}", action.label, action.at)]);
    }
    table.row(["window".to_owned(), window(plan)]);
    table.row(["restored".to_owned(), restored(plan)]);
    table.render(STYLE, 2)
}

fn window(plan: &Plan) -> String {
    let limits = plan.limits;
    let least =
        if limits.at_least > Span::ZERO { format!("at least {}, ", limits.at_least) } else { String::new() };
    match limits.until_settled {
        true => format!("{least}until settled, at most {}", limits.cap),
        false => format!("{}", limits.cap),
    }
}

fn restored(plan: &Plan) -> String {
    let share = crate::report::number::percent(plan.rto.share);
    format!(
        "from where {share} of the operations of {} (at least {} of them) succeed",
        plan.rto.hold, plan.rto.min_operations
    )
}

fn facts(plan: &Plan) -> Columns {
    let mut table = Columns::new(&[false, false]);
    plan.facts.iter().for_each(|(key, value)| table.row([key.clone(), value.clone()]));
    table
}

fn rows(plan: &Plan) -> Columns {
    let mut table = Columns::new(&[false, false, false]);
    for row in &plan.sla {
        table.row([row.profile.clone(), row.row.clone(), row.statement.clone()]);
    }
    table
}

fn provenance(plan: &Plan) -> Columns {
    let mut table = Columns::new(&[false, false, false]);
    for value in &plan.provenance {
        table.row([value.key.clone(), value.value.clone(), value.origin.clone()]);
    }
    table
}
