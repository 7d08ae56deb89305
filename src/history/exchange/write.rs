//! Events as text: one a line, in EDN as Jepsen writes it, in JSON as one list.

use crate::history::exchange::datum::{Datum, quoted};
use crate::history::exchange::recorder::Event;
use std::fmt::Write as _;

/// One map a line. Keys of registers stand in the value, as Jepsen's independent keys do: `["p0/register 4" 17]`.
pub fn edn(events: &[Event]) -> String {
    let mut out = String::new();
    for (index, event) in events.iter().enumerate() {
        let Event { time, process, client, kind, f, .. } = event;
        let _ = write!(
            out,
            "{{:index {index}, :time {}, :process {process}, :type :{kind}, :f :{f}, :value ",
            time.0
        );
        let _ = match &event.key {
            Some(key) => {
                let key = Datum::Text(key.clone());
                write!(out, "{}", Datum::List(vec![key, event.value.clone()]))
            }
            None => write!(out, "{}", event.value),
        };
        let _ = write!(out, ", :client {}", client.0);
        if let Some(error) = &event.error {
            out.push_str(", :error ");
            quoted(error, &mut out);
        }
        out.push_str("}\n");
    }
    out
}

/// One list, an object a line. Keys of registers stand in a field of their own.
pub fn json(events: &[Event]) -> String {
    let mut out = String::from("[");
    for (index, event) in events.iter().enumerate() {
        let Event { time, process, client, kind, f, .. } = event;
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            out,
            "{comma}\n{{\"index\":{index},\"time\":{},\"process\":{process},\"type\":\"{kind}\",\"f\":\"{f}\"",
            time.0
        );
        if let Some(key) = &event.key {
            out.push_str(",\"key\":");
            quoted(key, &mut out);
        }
        out.push_str(",\"value\":");
        event.value.json(&mut out);
        let _ = write!(out, ",\"client\":{}", client.0);
        if let Some(error) = &event.error {
            out.push_str(",\"error\":");
            quoted(error, &mut out);
        }
        out.push('}');
    }
    out.push_str("\n]\n");
    out
}
