//! Session tokens (COS-5): read-your-writes and its companions along a chain of tokens.

use super::{Client, Cx};
use crate::base::ids::{PartitionId, RegionId};
use crate::base::time::Span;
use crate::model::operation::{OpId, Request, Status};
use crate::system::cosmos_db::level::Level;
use crate::system::cosmos_db::message::Token;
use crate::system::cosmos_db::mutation::Mutation;

impl Client {
    /// The token a request carries.
    pub(super) fn token_for(&self, request: &Request, region: RegionId) -> Option<Token> {
        // Writes follow reads: a write of an account with several write regions waits for what its client has seen.
        if (request.action.is_write() && !self.settings.multi()) || request.closing {
            return None;
        }
        match Self::level_of(request) {
            Level::Session if !self.without(Mutation::DropSessionToken) => {
                self.tokens.get(&request.partition).cloned()
            }
            Level::ConsistentPrefix if self.keeps_order() => {
                self.prefixes.get(&(request.partition, region)).cloned()
            }
            _ => None,
        }
    }

    /// COS-5: whether reads of this client at consistent prefix keep to the order of the log: with several write regions
    /// to that of each region's writes. By the definition of 2025 they need not: only batches are seen whole.
    fn keeps_order(&self) -> bool {
        self.settings.strict_prefix && !self.without(Mutation::ForgetPrefix)
    }

    /// Keeps the token of an answer if it is newer.
    pub(super) fn keep_token(
        &mut self,
        partition: PartitionId,
        region: RegionId,
        level: Level,
        token: Option<Token>,
    ) {
        let Some(token) = token else { return };
        if level == Level::ConsistentPrefix {
            merge(self.prefixes.entry((partition, region)).or_insert_with(|| token.clone()), &token);
        }
        merge(self.tokens.entry(partition).or_insert_with(|| token.clone()), &token);
    }

    /// COS-5: the replica has not reached the token: try another one, then another region, then fail.
    pub(super) fn on_session_behind(&mut self, op: OpId, cx: Cx) {
        let (first, factor, most, total) = self.settings.sdk.session_mismatch;
        let regions = self.settings.sdk.session_regions;
        let now = cx.monotonic();
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let since = *pending.behind_since.get_or_insert(now);
        if now.since(since) < total {
            let wait = (0..pending.behind).fold(first, |w, _| w.scale(factor)).min(most);
            pending.behind += 1;
            return self.pause(op, wait, cx);
        }
        if pending.other_regions < regions {
            pending.other_regions += 1;
            pending.behind = 0;
            pending.behind_since = None;
            let region = pending.region;
            pending.excluded.push(region);
            return self.try_op(op, cx);
        }
        self.fail(op, Status::new(404, 1002), false, cx);
    }

    /// COS-5: the token names a suffix that a failover lost: start a new session, or fail.
    pub(super) fn on_session_lost(&mut self, op: OpId, cx: Cx) {
        let Some(pending) = self.pending.get_mut(&op) else { return };
        let (partition, region) = (pending.request.partition, pending.region);
        if Self::level_of(&pending.request) == Level::ConsistentPrefix {
            self.prefixes.remove(&(partition, region));
            return self.try_op(op, cx);
        }
        if !self.settings.sdk.reset_lost_session {
            return self.fail(op, Status::new(404, 1002), false, cx);
        }
        pending.reset = true;
        self.tokens.remove(&partition);
        self.pause(op, Span::ZERO, cx);
    }
}

/// The newer of two tokens.
fn merge(held: &mut Token, news: &Token) {
    match (held, news) {
        (Token::Vector(held), Token::Vector(news)) => held.merge(news),
        (Token::Log(term, index), Token::Log(t, i)) if (i, t) > (index, term) => {
            (*term, *index) = (*t, *i);
        }
        _ => {}
    }
}
