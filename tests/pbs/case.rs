//! Cases of probabilistically bounded staleness: laws of the four legs, N, R and W, and what an exact Monte Carlo gave.

use serde::Deserialize;

/// Laws of delay of one model's legs, as fitted in the paper.
#[derive(Clone, Debug, Deserialize)]
struct Fit {
    model: String,
    leg: String,
    pareto_share: Option<f64>,
    pareto_xm_ms: Option<f64>,
    pareto_alpha: Option<f64>,
    exponential_lambda_per_ms: Option<f64>,
}

/// A configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub dist: String,
    pub n: u32,
    pub r: u32,
    pub w: u32,
}

/// A row of `pbs_wars.csv`: times in ms, and the probability that a read 0, 1, 5 and 10 ms after the write is current.
#[derive(Clone, Debug, Deserialize)]
pub struct Truth {
    pub dist: String,
    #[serde(rename = "N")]
    pub n: u32,
    #[serde(rename = "R")]
    pub r: u32,
    #[serde(rename = "W")]
    pub w: u32,
    #[serde(rename = "Lr50")]
    pub read_50: f64,
    #[serde(rename = "Lr999")]
    pub read_999: f64,
    #[serde(rename = "Lw50")]
    pub write_50: f64,
    #[serde(rename = "Lw999")]
    pub write_999: f64,
    pub p0: f64,
    pub p_t1: f64,
    pub p_t5: f64,
    pub p_t10: f64,
    pub t999: f64,
}

impl Truth {
    pub fn case(&self) -> Case {
        Case { dist: self.dist.clone(), n: self.n, r: self.r, w: self.w }
    }
}

fn rows<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let mut reader = csv::Reader::from_path(path).expect("the data is part of the package");
    reader.deserialize().map(|row| row.expect("a row of the data")).collect()
}

/// Every row of `pbs_wars.csv`.
pub fn truths() -> Vec<Truth> {
    rows("pbs_wars.csv")
}

/// What the paper gives as 99.9 % t-visibility with R = W = 1 (N = 3), in ms.
pub const PUBLISHED: [(&str, f64); 4] =
    [("LNKD-SSD", 1.85), ("LNKD-DISK", 45.5), ("YMMR", 1364.0), ("WAN", 113.0)];

/// The law of one leg (`W`, `A`, `R` or `S`), as a scenario writes it. WAN has the legs of LNKD-DISK, and LNKD-DISK those of
/// LNKD-SSD but for the writes.
fn law(dist: &str, leg: &str) -> String {
    let fits: Vec<Fit> = rows("pbs_fits.csv");
    let of = |model: &str| {
        let fit = fits.iter().find(|fit| fit.model == model && fit.leg.split(' ').any(|l| l == leg))?;
        let exponential = 1.0 / fit.exponential_lambda_per_ms?;
        let (share, scale, shape) = (fit.pareto_share?, fit.pareto_xm_ms?, fit.pareto_alpha?);
        Some(format!(
            "{{ mixture = [{{ weight = {share}, law = {{ pareto = {{ scale = \"{scale}ms\", shape = {shape} }} }} }}, \
             {{ weight = {}, law = {{ exponential = {{ mean = \"{exponential:.6}ms\" }} }} }}] }}",
            1.0 - share
        ))
    };
    let models = match dist {
        "WAN" | "LNKD-DISK" => ["LNKD-DISK", "LNKD-SSD"],
        dist => [dist, dist],
    };
    models.iter().find_map(|model| of(model)).unwrap_or_else(|| panic!("no fit for leg {leg} of {dist}"))
}

/// The scenario of a case. Coordinators are the clients' libraries, apart from the replicas, and nothing repairs. Writing
/// and reading clients are in regions of their own, so that each of the four legs has its law as the delay of a link. WAN
/// has a replica in each of N regions, and a writing and a reading region beside each.
pub fn scenario(case: &Case) -> String {
    let Case { dist, n, r, w } = case;
    let wan = dist == "WAN";
    let sites = if wan { *n } else { 1 };
    let names = |what: &'static str| (0..sites).map(move |i| format!("{what}{i}"));
    let regions: Vec<String> = names("Writer").chain(names("Data")).chain(names("Reader")).collect();
    let mut text = format!(
        "name = \"pbs\"\nseed = 1\n[topology]\nregions = {regions:?}\nzones = 1\nnodes-per-zone = {n}\n\
         domains-per-zone = {n}\nintra-zone = {{ constant = \"0s\" }}\ninter-zone = {{ constant = \"0s\" }}\n\
         global = {{ constant = \"0s\" }}\n[disk]\npersist = {{ constant = \"0s\" }}\n\
         [system.quorum-nwr]\nread-quorum = {r}\nwrite-quorum = {w}\nversions = \"last-writer-wins\"\n\
         coordinator = \"client\"\nfallbacks = 0\nhints = false\nread-repair = \"off\"\nanti-entropy = \"off\"\n\
         replica-timeout = \"1h\"\n"
    );
    let here = if wan { 1 } else { *n };
    let places: Vec<String> =
        names("Data").map(|region| format!("{{ region = \"{region}\", replicas = {here} }}")).collect();
    text += &format!("placement = [{}]\n", places.join(", "));
    for region in names("Writer").chain(names("Reader")) {
        text += &format!(
            "[workload.{region}]\nclients = {{ region = \"{region}\", count = 1 }}\nrate = \"1/s\"\nreads = \"50%\"\n\
             timeout = \"2h\"\n"
        );
    }
    for (i, from) in regions.iter().enumerate() {
        for (j, to) in regions.iter().enumerate().filter(|(j, _)| *j != i) {
            let leg = match (from.trim_end_matches(char::is_numeric), to.trim_end_matches(char::is_numeric)) {
                ("Writer", "Data") => law(dist, "W"),
                ("Data", "Writer") => law(dist, "A"),
                ("Reader", "Data") => law(dist, "R"),
                ("Data", "Reader") => law(dist, "S"),
                _ => "{ constant = \"0s\" }".to_string(),
            };
            let remote = wan && i % sites as usize != j % sites as usize;
            let leg = if remote { format!("{{ shifted = {{ by = \"75ms\", law = {leg} }} }}") } else { leg };
            text += &format!("[[link]]\nscope = \"link:{from}->{to}\"\none-way = {leg}\n");
        }
    }
    text
}
