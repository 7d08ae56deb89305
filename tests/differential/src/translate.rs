//! Messages of one make in the words of the other.

use crate::algorithm::log::Term;
use crate::algorithm::raft::{Entry, Payload};
use crate::base::time::SimTime;
use crate::member::Message;
use raft::prelude::{Entry as TheirEntry, Message as Theirs, MessageType};

/// Marks the request of a candidate that its leader asked to stand.
const FORCED: &[u8] = b"CampaignTransfer";

/// The command of one of their entries.
pub fn command(entry: &TheirEntry) -> Option<u64> {
    entry.data.as_ref().try_into().ok().map(u64::from_le_bytes)
}

/// A message of Geodes' in their words.
pub fn to_theirs(from: u64, to: u64, message: &Message) -> Theirs {
    let mut m = Theirs { from, to, ..Theirs::default() };
    match message {
        Message::AskVote { term, pre, end, forced } => {
            use MessageType::{MsgRequestPreVote, MsgRequestVote};
            m.set_msg_type(if *pre { MsgRequestPreVote } else { MsgRequestVote });
            (m.term, m.log_term, m.index) = (term.0, end.0.0, end.1);
            if *forced {
                m.context = FORCED.into();
            }
        }
        Message::Vote { term, pre, given } => {
            use MessageType::{MsgRequestPreVoteResponse, MsgRequestVoteResponse};
            m.set_msg_type(if *pre { MsgRequestPreVoteResponse } else { MsgRequestVoteResponse });
            (m.term, m.reject) = (term.0, !given);
        }
        Message::Append { term, prev, entries, commit, .. } => {
            m.set_msg_type(MessageType::MsgAppend);
            (m.term, m.index, m.log_term, m.commit) = (term.0, prev.0, prev.1.0, *commit);
            let entries = entries.iter().zip(prev.0 + 1..);
            m.entries = entries.map(|((term, entry), index)| entry_to_theirs(*term, index, entry)).collect();
        }
        Message::Appended { term, upto, .. } => {
            m.set_msg_type(MessageType::MsgAppendResponse);
            (m.term, m.index) = (term.0, *upto);
        }
        Message::Rejected { term, prev, hint, .. } => {
            m.set_msg_type(MessageType::MsgAppendResponse);
            (m.term, m.index, m.reject, m.reject_hint) = (term.0, *prev, true, *hint);
        }
        Message::Heartbeat { term, commit, round, sent } => {
            m.set_msg_type(MessageType::MsgHeartbeat);
            (m.term, m.commit) = (term.0, *commit);
            m.context = context(*round, *sent).into();
        }
        Message::Alive { term, round, sent, .. } => {
            m.set_msg_type(MessageType::MsgHeartbeatResponse);
            m.term = term.0;
            m.context = context(*round, *sent).into();
        }
        Message::TimeoutNow { term } => {
            m.set_msg_type(MessageType::MsgTimeoutNow);
            m.term = term.0;
        }
    }
    m
}

fn entry_to_theirs(term: Term, index: u64, entry: &Entry<u64, u64>) -> TheirEntry {
    let mut theirs = TheirEntry { term: term.0, index, ..TheirEntry::default() };
    if let Payload::Command(command) = &entry.payload {
        theirs.data = command.to_le_bytes().to_vec().into();
    }
    theirs
}

/// What a heartbeat carries and its answer brings back; nothing, where there is nothing to bring.
fn context(round: u64, sent: SimTime) -> Vec<u8> {
    match (round, sent) {
        (0, SimTime::ZERO) => Vec::new(),
        _ => [round.to_le_bytes(), sent.0.to_le_bytes()].concat(),
    }
}

fn from_context(bytes: &[u8]) -> (u64, SimTime) {
    let number =
        |at: usize| bytes.get(at..at + 8).and_then(|part| part.try_into().ok()).map(u64::from_le_bytes);
    (number(0).unwrap_or(0), SimTime(number(8).unwrap_or(0)))
}

/// A message of theirs in Geodes' words; `None` for what members never say to each other here.
pub fn to_ours(m: &Theirs) -> Option<Message> {
    let (term, sent) = (Term(m.term), SimTime::ZERO);
    Some(match m.get_msg_type() {
        MessageType::MsgRequestVote | MessageType::MsgRequestPreVote => Message::AskVote {
            term,
            pre: m.get_msg_type() == MessageType::MsgRequestPreVote,
            end: (Term(m.log_term), m.index),
            forced: m.context.as_ref() == FORCED,
        },
        MessageType::MsgRequestVoteResponse | MessageType::MsgRequestPreVoteResponse => Message::Vote {
            term,
            pre: m.get_msg_type() == MessageType::MsgRequestPreVoteResponse,
            given: !m.reject,
        },
        MessageType::MsgAppend => Message::Append {
            term,
            prev: (m.index, Term(m.log_term)),
            entries: m.entries.iter().map(entry_to_ours).collect(),
            commit: m.commit,
            sent,
        },
        MessageType::MsgAppendResponse if m.reject => {
            Message::Rejected { term, prev: m.index, hint: m.reject_hint, sent }
        }
        MessageType::MsgAppendResponse => Message::Appended { term, upto: m.index, sent },
        MessageType::MsgHeartbeat => {
            let (round, sent) = from_context(&m.context);
            Message::Heartbeat { term, commit: m.commit, round, sent }
        }
        MessageType::MsgHeartbeatResponse => {
            let (round, sent) = from_context(&m.context);
            Message::Alive { term, round, sent, mute: false }
        }
        MessageType::MsgTimeoutNow => Message::TimeoutNow { term },
        _ => return None,
    })
}

fn entry_to_ours(entry: &TheirEntry) -> (Term, Entry<u64, u64>) {
    let payload = command(entry).map_or(Payload::Blank, Payload::Command);
    (Term(entry.term), Entry { payload, bytes: entry.data.len() as u32 })
}
