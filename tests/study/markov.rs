//! Two regions of three zones as a continuous-time Markov chain, solved exactly: nothing here is simulated.

/// Rates an hour of one region.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// Of one zone: failure and repair.
    pub zone: (f64, f64),
    /// Of the whole region.
    pub whole: (f64, f64),
}

impl Region {
    /// From mean times in hours: of a zone to its failure and to its repair, and the same of the region.
    pub fn of(zone: (f64, f64), whole: (f64, f64)) -> Region {
        let rates = |(up, down): (f64, f64)| (1.0 / up, 1.0 / down);
        Region { zone: rates(zone), whole: rates(whole) }
    }
}

/// The system: rates an hour of failover and failback.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    pub regions: [Region; 2],
    pub failover: f64,
    pub failback: f64,
}

/// Of each region how many zones are down and whether the region is; and which region serves.
#[derive(Clone, Copy, Debug, PartialEq)]
struct State {
    zones: [usize; 2],
    out: [bool; 2],
    active: usize,
}

const STATES: usize = 128;

impl State {
    fn of(i: usize) -> State {
        State { zones: [i % 4, i / 4 % 4], out: [i / 16 % 2 == 1, i / 32 % 2 == 1], active: i / 64 }
    }

    fn index(self) -> usize {
        let bit = usize::from;
        self.zones[0] + 4 * self.zones[1] + 16 * bit(self.out[0]) + 32 * bit(self.out[1]) + 64 * self.active
    }

    fn serves(self, region: usize) -> bool {
        !self.out[region] && self.zones[region] <= 1
    }
}

impl Chain {
    /// Where it goes from a state, with rates an hour.
    fn moves(&self, from: State) -> Vec<(State, f64)> {
        let mut moves = Vec::new();
        for (i, region) in self.regions.iter().enumerate() {
            let down = from.zones[i];
            let with_zones = |n: usize| {
                let mut to = from;
                to.zones[i] = n;
                to
            };
            if down < 3 {
                moves.push((with_zones(down + 1), (3 - down) as f64 * region.zone.0));
            }
            if down > 0 {
                moves.push((with_zones(down - 1), down as f64 * region.zone.1));
            }
            let mut to = from;
            to.out[i] = !from.out[i];
            moves.push((to, if from.out[i] { region.whole.1 } else { region.whole.0 }));
        }
        let other = State { active: 1 - from.active, ..from };
        if !from.serves(from.active) && from.serves(other.active) {
            moves.push((other, self.failover));
        }
        if from.active == 1 && from.serves(0) {
            moves.push((other, self.failback));
        }
        moves
    }

    /// The share of time in each state: `pi Q = 0` with the sum 1, by Gaussian elimination.
    fn stationary(&self) -> Vec<f64> {
        let mut rows = vec![vec![0.0; STATES + 1]; STATES];
        for from in (0..STATES).map(State::of) {
            let column = from.index();
            for (to, rate) in self.moves(from) {
                rows[to.index()][column] += rate;
                rows[column][column] -= rate;
            }
        }
        // One equation follows from the others: in its place the shares sum up to 1.
        rows[0] = vec![1.0; STATES + 1];
        solve(rows)
    }

    /// The share of time in which the active region cannot serve.
    pub fn unavailability(&self) -> f64 {
        let out = |i: &usize| !State::of(*i).serves(State::of(*i).active);
        let shares = self.stationary();
        (0..STATES).filter(out).map(|i| shares[i]).sum()
    }

    /// The share of time in which the second region is the active one.
    pub fn second(&self) -> f64 {
        self.stationary()[64..].iter().sum()
    }
}

/// Solves a system of linear equations, each row with its right side last.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let n = rows.len();
    for column in 0..n {
        let best = (column..n).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()));
        rows.swap(column, best.expect("a row is left"));
        let pivot = rows[column].clone();
        for (i, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != column) {
            let factor = row[column] / pivot[column];
            if factor != 0.0 && i != column {
                row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
            }
        }
    }
    rows.iter().enumerate().map(|(i, row)| row[n] / row[i]).collect()
}
