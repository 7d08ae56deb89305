//! Stable codes of diagnostics, grouped by area; `geodes explain CODE` prints the explanation.

/// The part of the input a code is about: its first two digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// `G00..`: files, `extends`, `--set`.
    Files,
    /// `G01..`: TOML syntax.
    Syntax,
    /// `G02..`: keys, types and choices.
    Shape,
    /// `G03..`: quantities and laws.
    Quantities,
    /// `G04..`: regions, links, catalogues.
    Topology,
    /// `G05..`: workloads.
    Workloads,
    /// `G06..`: faults, scopes, actions.
    Faults,
    /// `G07..`: the deployed system.
    System,
    /// `G08..`: SLA profiles, run limits, names.
    Run,
    /// `G09..`: hazards and studies.
    Hazards,
    /// `G10..`: histories that are checked.
    Histories,
}

macro_rules! codes {
    ($($name:ident = $id:literal, $title:literal, $explanation:literal;)*) => {
        /// What kind of error a diagnostic reports. Ids are never reused for anything else.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $name,)*
        }

        impl Code {
            /// Every code, by id.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The stable id, `G0201`.
            pub const fn id(self) -> &'static str {
                match self { $(Code::$name => $id,)* }
            }

            /// What is wrong, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// What the rule is, why it is there and what to do.
            pub const fn explanation(self) -> &'static str {
                match self { $(Code::$name => $explanation,)* }
            }
        }
    };
}

#[rustfmt::skip]
codes! {
    UnreadableFile = "G0001", "the file cannot be read",
        "The file does not exist, is a directory or a device, or may not be read. Paths in `extends` and `catalog` are relative to the file that names them; paths on the command line to the current directory.";
    NotUtf8 = "G0002", "the file is not UTF-8 text",
        "Scenario files, catalogues and profiles are TOML, and TOML is UTF-8. Save the file in that encoding.";
    FileTooLarge = "G0003", "the file is too large",
        "A scenario is at most 1 MiB: it is a question, not a data set. Measured tables belong in a catalogue or a trace file.";
    CyclicExtends = "G0004", "files extend each other in a circle",
        "`extends` starts from another file and changes parts of it. Following it from file to file led back to a file already read, so there is no first one.";
    UnknownBase = "G0005", "no built-in scenario of that name",
        "A name without `/` and without `.toml` is the name of a built-in base; anything else is a path relative to the naming file. Write `./name.toml` for a file beside this one.";
    BadOverride = "G0006", "a `--set` that cannot be read",
        "`--set` takes `path=value`: a dotted path of keys (quoted where a key has spaces or dots: `topology.region.\"West US\".zones`), with numbers from 0 for entries of a list, and a TOML value. A value that is not TOML is taken as text, so `--set fault.0.lasts=3h` needs no quotes.";
    OverridePath = "G0007", "a `--set` path that leads nowhere",
        "The path goes through a value that is not a table or a list, or names a list entry that does not exist.";
    Syntax = "G0101", "not valid TOML",
        "The text breaks a rule of TOML. What could be read around the error was still checked.";
    DuplicateKey = "G0102", "a key is given twice",
        "TOML allows each key of a table once. Entries of a list of tables are written `[[fault]]`, with two brackets.";
    NumberTooLarge = "G0103", "a number too large to hold",
        "Whole numbers must fit into 64 bits with a sign.";
    NestedTooDeep = "G0104", "tables nested too deeply",
        "No scenario key lies deeper than a few levels; keys with more than 64 parts are refused.";
    UnknownKey = "G0201", "unknown key",
        "Every key is checked, so that a misspelt one is never silently ignored. `geodes schema scenario` lists all keys; editors can complete them from it.";
    MissingKey = "G0202", "a required key is missing",
        "What moves a result has no hidden default: these keys have to be written.";
    WrongType = "G0203", "a value of the wrong type",
        "The key takes another type of value: a text, a number, a list or a table.";
    UnknownVariant = "G0204", "not one of the choices",
        "The key takes one of a fixed set of choices.";
    ChoiceSettings = "G0205", "settings missing or out of place",
        "Some choices carry settings and are written as a table with one key, `kind = { slow = { factor = 10.0 } }`; others are a plain text, `kind = \"crash\"`.";
    SeveralChoices = "G0206", "not exactly one choice",
        "A choice with settings is a table with exactly one key, the name of the choice.";
    NumberOutOfRange = "G0207", "a number out of range",
        "The number is outside the range the key allows. `nan` and `inf` are refused everywhere.";
    WrongLength = "G0208", "a list of the wrong length",
        "The list has too few or too many entries.";
    Unreadable = "G0209", "a value that cannot be understood",
        "The value has the right type, but the key does not accept it; the message says why.";
    MissingUnit = "G0301", "a quantity without a unit",
        "Every quantity carries its unit: `10min`, `40/s`, `80%`, `12MB/s`. A bare number could mean anything.";
    UnknownUnit = "G0302", "an unknown unit",
        "The unit is not one of this kind of quantity. Units are case sensitive where case matters: `MB` are megabytes, `Mbps` megabits a second.";
    NegativeQuantity = "G0303", "a negative quantity",
        "Times, rates and sizes count from 0 up. Only clock steps (`-30s`) and drifts (`-50ppm`) may be negative.";
    QuantityOutOfRange = "G0304", "a quantity out of range",
        "The quantity is larger than can be represented, or outside the range that makes sense for it: a share lies between 0 % and 100 %.";
    NotAQuantity = "G0305", "not a quantity",
        "A quantity is a decimal number followed by its unit, `1.5h`. Times may add several, `1h 30min`. Exponents and thousands separators are not read.";
    BadLaw = "G0306", "parameters that define no law",
        "The parameters of the random law contradict each other or lie outside their range; the message says which.";
    UnknownCatalog = "G0401", "no catalogue of that name",
        "`catalog` names a built-in catalogue, or gives the path of a catalogue file (with `/` or `.toml`) relative to the naming file.";
    BadCatalog = "G0402", "the catalogue cannot be used",
        "The catalogue was found, but what it holds is malformed; the message says where.";
    UnknownRegion = "G0403", "unknown region",
        "The name is not among the regions of the catalogue, or not among the `regions` of this scenario. Names are the provider's display names, `West US`; `geodes list regions` prints them.";
    NoRegions = "G0404", "no regions",
        "A scenario needs at least one region to deploy its system in.";
    DuplicateRegion = "G0405", "a region is listed twice",
        "Each region is one place. To put more into it, raise its zones or nodes.";
    NoLatency = "G0406", "no latency between two regions",
        "The catalogue publishes no round trip for this pair of regions (or there is no catalogue). Give one: `[[link]] scope = \"link:A<->B\"`, `rtt = \"60ms\"`.";
    ZonesNotOffered = "G0407", "zones where the provider has none",
        "The catalogue says that this region has fewer availability zones. Without `zones` the catalogue's own number is used.";
    TopologySize = "G0408", "a topology of impossible size",
        "Zones, domains and nodes count from 1, and a scenario has at most 200 regions, 100,000 data nodes, 100,000 clients and 100,000 link settings.";
    DomainsExceedNodes = "G0409", "more fault domains than nodes",
        "Nodes are spread over the fault domains of their zone; a domain without a node could not fail.";
    NeedsCatalog = "G0410", "needs a catalogue",
        "Without `catalog` nothing is known about the provider: `intra-zone` and `inter-zone` laws and a `[[link]]` for each pair of regions have to be given.";
    LinkEnds = "G0411", "not a link between regions",
        "`[[link]]` sets the delay, bandwidth and loss between two regions, `link:A->B` or `link:A<->B`. Delays inside a region are `intra-zone` and `inter-zone` in `[topology]`.";
    LinkWithoutEffect = "G0412", "a link that sets nothing",
        "A `[[link]]` gives at least one of `one-way`, `rtt`, `bandwidth` and `loss`.";
    LinkTwice = "G0413", "a link property is set twice",
        "Two entries set the same property of the same direction of a link, so one of them would be ignored.";
    RttAndOneWay = "G0414", "two delays for one link",
        "`rtt` is a constant round trip, half of it each way; `one-way` is the law of one direction. Give one of them.";
    BadRegionName = "G0415", "a region name that cannot be used",
        "Region names become parts of scopes, such as `region:West US/zone:2` and `link:A->B`: they are not empty and hold no `/`, `:`, `*`, `@`, `<`, `>` or control characters.";
    NoWorkload = "G0501", "no workload",
        "Availability, RTO and RPO are measured by what clients see: without a `[workload.<name>]` there is nothing to measure.";
    NoClients = "G0502", "a workload without clients",
        "Give `clients` at least one entry with a `count` of at least 1.";
    ZeroRate = "G0503", "a rate of zero",
        "A workload that asks nothing measures nothing.";
    NoKeys = "G0504", "a workload without keys",
        "Reads and plain writes go to register keys: `keys` must be at least 1, unless all operations are write-once inserts or writes of objects.";
    MixTooLarge = "G0505", "shares above 100 %",
        "The shares in `mix` are shares of the writes that are not write-once. What they leave over are plain writes, so together they are at most 100 %.";
    NeedsObjects = "G0506", "a mix that needs object keys",
        "Inserts, replaces, deletes and conditional writes act on object keys: give `objects` at least 1.";
    BatchKeys = "G0507", "a batch of impossible size",
        "A transactional batch writes at least 2 register keys of one partition, and at most as many as there are.";
    UnknownLevel = "G0508", "unknown consistency level",
        "The system offers other levels; `geodes list systems` prints them.";
    ZeroTimeout = "G0509", "a time-out of zero",
        "The harness gives up on an operation after its time-out; none could ever succeed.";
    DocumentSize = "G0510", "an impossible document size",
        "A document has at least 1 byte and at most 2 GiB.";
    BadWorkloadName = "G0511", "a name that cannot be used",
        "Names become parts of file names and measure paths: letters, digits, `-`, `_` and `.`, not starting with a dot, at most 100 characters.";
    ScopeSyntax = "G0601", "a scope that cannot be read",
        "Scopes are `service`, `region:West US`, `region:West US/zone:2`, `.../domain:3`, `.../node:4`, `link:A->B` (one way), `link:A<->B`, `@write` and `@leader(0)`; `*` stands for each.";
    UnknownPlace = "G0602", "a place that does not exist",
        "The region is there, but has no zone, domain or node of that number. They count from 1 within the zone.";
    KindScope = "G0603", "a fault that cannot hit this scope",
        "A cut and a bandwidth limit need a link; name resolution and the control plane fail for the whole `service`; crashes, power losses and clocks need places (regions, zones, domains, nodes, roles).";
    MissingLasts = "G0604", "a fault without a length",
        "Say how long it `lasts`. Only `destroyed` has no end.";
    ZeroLasts = "G0605", "a fault of no length",
        "A fault that ends when it begins does nothing.";
    LastsNotAllowed = "G0606", "a fault that has no end",
        "What is destroyed does not come back. For places that go dark and return use `power-loss`; for blank disks use `destroyed-disk`.";
    FaultBeyondEnd = "G0607", "after the end of the window",
        "It would begin at or after the `cap` of the window, and so never happen. Move it, or raise `cap` in `[run]`.";
    DuplicateFault = "G0608", "the same fault twice at once",
        "Two faults of one kind hit one scope at overlapping times; the second would change nothing. Join them, or leave a gap.";
    FaultParameter = "G0609", "a fault parameter out of range",
        "A slow-down multiplies by at least 1, a loss has a probability above 0, a bandwidth limit leaves at least 1 byte a second, a clock step moves the clock, and a drift stays within 100,000 ppm.";
    LinkToItself = "G0610", "a link from a place to itself",
        "The two ends of a link must not contain each other. To cut a place off from everything use `isolation`.";
    UnknownPartition = "G0611", "a partition that does not exist",
        "Partitions count from 0; how many there are is the system's configuration.";
    TooManyFaults = "G0612", "too many faults",
        "A `*` makes one fault for each place. A scenario holds at most 10,000.";
    NoSystem = "G0701", "no system",
        "A scenario deploys one system: a `[system.<name>]` table. `geodes list systems` prints their names.";
    UnknownSystem = "G0702", "unknown system",
        "No system of that name is registered. `geodes list systems` prints their names.";
    SeveralSystems = "G0703", "several systems",
        "A scenario deploys one system. To compare two, write two scenarios (one may `extends` the other) and use `geodes compare`.";
    ImpossiblePlacement = "G0704", "a placement that cannot be made",
        "There are not enough nodes, fault domains or zones to place every replica apart from the others.";
    RefusedCombination = "G0705", "settings that exclude each other",
        "The provider refuses this combination of settings; the message names the rule.";
    OutsideLimits = "G0706", "a setting outside the provider's limits",
        "The provider publishes a minimum or maximum for this setting, and refuses values beyond it.";
    SettingIgnored = "G0707", "a setting without effect here",
        "The setting only matters together with another one that is absent; it would be ignored.";
    UnknownProfile = "G0801", "unknown SLA profile",
        "`profiles` names built-in SLA tables, or gives paths of profile files (with `/` or `.toml`). `geodes list sla` prints the names.";
    BadProfile = "G0802", "the SLA profile cannot be used",
        "The profile was found, but what it holds is malformed; the message says where.";
    DuplicateProfile = "G0803", "an SLA profile is listed twice",
        "Each profile is judged once, row by row; listing it again would add nothing.";
    BadName = "G0804", "a scenario name that cannot be used",
        "The name becomes a directory under `results/`: letters, digits, `-`, `_` and `.`, not starting with a dot, at most 100 characters.";
    RunLimits = "G0805", "run limits that contradict each other",
        "A window runs for `at-least` and at most to its `cap`; the cap lies between 1 s and 100 years.";
    RtoRule = "G0806", "a restoration rule that recognises nothing",
        "Restored means that at least `share` of the operations in a stretch of length `hold` succeed: both must be above zero.";
    UnknownRow = "G0807", "no such row of an SLA table",
        "`rows` names rows of the profiles listed, or patterns such as `rpo/*`; `geodes explain cosmos-db-2021` prints a profile's rows.";
    HazardName = "G0901", "a hazard's name that cannot be used",
        "Hazards are told apart by name in results, in `with` and over `extends`: it is not empty, not used twice in a file, and holds no `/`, `:`, `@` or `*`.";
    HazardProcess = "G0902", "a hazard that does not say when it strikes",
        "A hazard has one of `mtbf` or `to-failure` (with `mttr` or `repair`), `trace` (with `period`), `with` (with `lasts`), or `walk`; keys that belong to another of these have no meaning.";
    HazardRepair = "G0903", "a hazard that fails more quickly than it is repaired",
        "The mean time to failure, counted from the end of the last repair, is below the mean time to repair: mostly down. Such figures are nearly always swapped or in the wrong unit.";
    HazardLaw = "G0904", "a law that a hazard cannot have",
        "Times to failure and repair have a finite mean above 0, or there would be no rate, and are not negative. A probability or share of 0 would never strike.";
    HazardScope = "G0905", "a scope that a hazard cannot have",
        "A hazard strikes places, links and the service, each by itself and each once; roles such as `@write` depend on the system. A scope must have something in it.";
    UnknownHazard = "G0906", "no such hazard",
        "`with` names another hazard of the scenario that strikes by itself.";
    BadTrace = "G0907", "a record of outages that cannot be used",
        "A trace is a CSV file with the columns `scope`, `start`, `end`: scopes of the hazard, and times from the start of the record (`36h`) or dates (`2024-07-18T21:40:00Z`). No outage ends before it begins, and those of one scope do not overlap.";
    HazardsAndScript = "G0908", "a script beside hazards",
        "With hazards the scenario is a study: many windows, each with the faults that the hazards produced. A fault or action at a fixed time would repeat in each of them. Put it into a scenario of its own.";
    StudyRule = "G0909", "a study rule without a study",
        "`[study]` says how windows are made from hazards. Without hazards there is one window, and a margin or warm-up of years would never end.";
    HistorySyntax = "G1001", "not a history in EDN or JSON",
        "A history is a file of events in EDN, one map a line or all in one vector, or in JSON, one object a line or all in one list. The ending of its name (`.edn`, `.json`, `.jsonl`) says which; docs/histories.md tells the layout.";
    HistoryEvent = "G1002", "not an event of a history",
        "Each event is a map with `process` (a whole number, or a name such as `:nemesis` for what is no client), `type` (`invoke`, `ok`, `fail` or `info`), `f` (a name) and `value`.";
    HistoryOrder = "G1003", "events that make no operation",
        "A process has one operation at a time: `invoke`, and then `ok`, `fail` or `info` about the same thing. Events stand in the order in which they happened.";
    HistoryOperation = "G1004", "an operation that the model does not know",
        "`--model register` knows `read`, `write` and `txn` of reads and writes; `--model cas-register` also `cas` with [old new], `replace` and `delete`. Keys are named by all operations or by none.";
    HistoryTooLarge = "G1005", "a history too large, or nested too deeply",
        "A history has at most 64 MiB, and no event needs forms nested more than 64 deep. Keys are independent: a longer history can be cut by key.";
}

impl Code {
    /// The code with this id (`G0201`, in either case).
    pub fn find(id: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }

    /// Whether it says that something is missing, which after a syntax error may only seem so.
    pub fn is_about_absence(self) -> bool {
        matches!(
            self,
            Code::MissingKey
                | Code::SeveralChoices
                | Code::NoRegions
                | Code::NoLatency
                | Code::NeedsCatalog
                | Code::LinkWithoutEffect
                | Code::NoWorkload
                | Code::NoClients
                | Code::MissingLasts
                | Code::NoSystem
        )
    }

    /// The part of the input it is about.
    pub fn area(self) -> Area {
        match &self.id()[..3] {
            "G00" => Area::Files,
            "G01" => Area::Syntax,
            "G02" => Area::Shape,
            "G03" => Area::Quantities,
            "G04" => Area::Topology,
            "G05" => Area::Workloads,
            "G06" => Area::Faults,
            "G07" => Area::System,
            "G09" => Area::Hazards,
            "G10" => Area::Histories,
            _ => Area::Run,
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_ascending_and_every_code_explains_itself() {
        assert!(Code::ALL.len() >= 45);
        for pair in Code::ALL.windows(2) {
            assert!(pair[0].id() < pair[1].id(), "{} {}", pair[0], pair[1]);
        }
        for code in Code::ALL {
            assert_eq!(Code::find(code.id()), Some(*code));
            assert!(code.explanation().len() > code.title().len(), "{code}");
            assert!(code.explanation().ends_with('.'), "{code}");
        }
        assert_eq!(Code::find("g0201"), Some(Code::UnknownKey));
        assert_eq!(Code::find("G9999"), None);
        assert_eq!(Code::UnknownRegion.area(), Area::Topology);
    }
}
