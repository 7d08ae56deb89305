//! Everything an object may be, as far as it can be told.

use crate::history::wgl::core::{Config, Core, Kind, Left, SLOTS};
use crate::history::wgl::{Effect, GaveUp, State};

/// An open operation's place in a [`Frontier`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    kept: u32,
    /// Its place where more is allowed; the same one if it began before that was needed.
    relaxed: Option<u32>,
}

/// The configurations an object may be in. As long as they are not too many, these are all of them, and the object is
/// linearizable so far exactly if there are any. From then on a few are kept, and beside them a looser object: see
/// [`is_lost`](Frontier::is_lost).
#[derive(Clone, Debug)]
pub struct Frontier {
    kept: Core,
    relaxed: Option<Core>,
    lost: bool,
}

impl Frontier {
    /// Most operations open at once.
    pub const SLOTS: u32 = SLOTS;

    /// An object in a known state (or in [`State::Any`]).
    pub fn new(state: State) -> Frontier {
        Frontier { kept: Core::new(state), relaxed: None, lost: false }
    }

    /// An operation begins; `returns` is false if its outcome is unknown, so that it may take effect at any later time
    /// or never.
    ///
    /// # Errors
    /// [`GaveUp::Operations`].
    pub fn call(&mut self, effect: Effect, returns: bool) -> Result<Slot, GaveUp> {
        // What is lost has no places any more.
        let mut kept = if self.lost { Some(SLOTS) } else { self.kept.call(effect, returns) };
        if kept.is_none() && self.kept.kind == Kind::All {
            self.loosen(self.kept.configs.clone());
            kept = self.kept.call(effect, returns);
        }
        let relaxed = self.relaxed.as_mut().map(|relaxed| relaxed.call(effect, returns));
        if relaxed == Some(None) {
            self.relaxed = None;
        }
        let kept = kept.ok_or(GaveUp::Operations)?;
        Ok(Slot { kept, relaxed: relaxed.flatten() })
    }

    /// An operation ends: only configurations in which it has taken effect remain. False if there are none, and then
    /// the history is not linearizable.
    ///
    /// # Errors
    /// [`GaveUp::Configurations`] when nothing that is still to come can decide it.
    pub fn ret(&mut self, slot: Slot) -> Result<bool, GaveUp> {
        if !self.lost && !self.ret_kept(slot) {
            return Ok(false);
        }
        if let Some(relaxed) = &mut self.relaxed {
            match relaxed.ret(slot.relaxed.unwrap_or(slot.kept)) {
                Left::Some => {}
                Left::None => return Ok(false),
                Left::TooMany => self.relaxed = None,
            }
        }
        if self.lost && self.relaxed.is_none() { Err(GaveUp::Configurations) } else { Ok(true) }
    }

    /// Whether the configurations that are kept allow it; false only if they are all there are.
    fn ret_kept(&mut self, slot: Slot) -> bool {
        if self.kept.kind == Kind::All {
            let before = self.kept.configs.clone();
            match self.kept.ret(slot.kept) {
                Left::Some => return true,
                Left::None => return false,
                Left::TooMany => self.loosen(before),
            }
        }
        self.lost = self.kept.ret(slot.kept) != Left::Some;
        true
    }

    /// There are too many configurations: from these on only bounds are kept.
    fn loosen(&mut self, configs: Vec<Config>) {
        self.relaxed = Some(self.kept.relaxed(&configs));
        self.kept.keep_few(configs);
    }

    /// Whether none of the few configurations that were kept is left, so that the history can no longer be shown to be
    /// linearizable, only that it is not.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// Starts again from a state nobody knows. Operations of unknown outcome may still take effect.
    ///
    /// The caller has no operation open that returns.
    pub fn restart(&mut self) {
        self.kept.restart();
        if let Some(relaxed) = &mut self.relaxed {
            relaxed.restart();
        }
    }

    /// The state, if it is known.
    pub fn known_state(&self) -> Option<State> {
        let all = self.kept.kind == Kind::All;
        if all { self.kept.known_state() } else { None }
    }

    /// How many configurations were searched so far.
    pub fn spent(&self) -> usize {
        self.kept.spent + self.relaxed.as_ref().map_or(0, |relaxed| relaxed.spent)
    }

    /// How many configurations there are.
    pub fn configurations(&self) -> usize {
        self.kept.configs.len() + self.relaxed.as_ref().map_or(0, |relaxed| relaxed.configs.len())
    }
}
