//! Histories that cannot be read, and what is said about them. Nothing that is fed to the readers makes them panic.

use super::parse;
use geodes::base::diagnostics::{Code, Style};
use geodes::base::rng::Seed;
use geodes::history::exchange::read::Model;

/// The codes and the text that a malformed history gets.
fn refused(name: &str, text: &str) -> (Vec<Code>, String) {
    match parse(name, text, Model::Register) {
        Ok(history) => panic!("{name} is read: {history:?}\n{text}"),
        Err((errors, sources)) => {
            (errors.iter().map(|e| e.code).collect(), errors.render(&sources, Style::Plain))
        }
    }
}

#[test]
fn each_mistake_is_told_with_its_code_line_column_and_what_to_do() {
    const WRITE: &str = "{:process 0 :type :invoke :f :write :value 1}\n";
    let cases = [
        ("a.edn", "{:process 0 :type :invoke", Code::HistorySyntax, "a.edn:1:1", "cut off"),
        ("a.edn", "{:process 0 :type}", Code::HistorySyntax, "a.edn:1:1", "keys and values in turn"),
        ("a.edn", "]", Code::HistorySyntax, "a.edn:1:1", "closes something"),
        ("a.edn", "[{:process 12x :type :ok}]", Code::HistorySyntax, "a.edn:1:12", "12x"),
        ("a.edn", "{:process 0 :f \"a\\q\"}", Code::HistorySyntax, "a.edn:1:18", "no such escape"),
        ("a.edn", "{\"process\": 0}", Code::HistorySyntax, "a.edn:1:11", ".json"),
        ("a.edn", "17", Code::HistoryEvent, "a.edn:1:1", "an event is a map"),
        ("a.edn", "{:process 0 :f :read}", Code::HistoryEvent, "a.edn:1:1", "without `type`"),
        ("a.edn", "{:process 0 :type :invok :f :read}", Code::HistoryEvent, "a.edn:1:19", "`invoke`"),
        ("a.edn", "{:process 0 :process 1 :type :ok :f :read}", Code::HistoryEvent, "a.edn:1:13", "twice"),
        ("a.edn", "{:process 0 :type :ok :f :read}", Code::HistoryOrder, "a.edn:1:1", "follows its `invoke`"),
        ("a.edn", "{:process 0 :type :invoke :f :reed}", Code::HistoryOperation, "a.edn:1:1", "`read`"),
        ("a.edn", "{:process 0 :type :invoke :f :cas}", Code::HistoryOperation, "a.edn:1:1", "cas-register"),
        ("a.json", "[{\"process\":0,}]", Code::HistorySyntax, "a.json:1:15", "comma"),
        (
            "a.json",
            "[{\"process\":null,\"type\":\"info\"}\n {}]",
            Code::HistorySyntax,
            "a.json:2:2",
            "expected `,` or `]`",
        ),
        ("a.json", "[{\"process\":01}]", Code::HistorySyntax, "a.json:1:13", "`01` is not a value"),
        (
            "a.json",
            "{\"process\":0,\"type\":\"ok\",\"f\":3}",
            Code::HistoryEvent,
            "a.json:1:30",
            "`f` is not a name",
        ),
        ("a.json", "[1]", Code::HistoryEvent, "a.json:1:2", "an event is a map"),
    ];
    for (name, text, code, place, about) in cases {
        let (codes, shown) = refused(name, text);
        assert_eq!(codes, [code], "{text}\n{shown}");
        assert!(shown.contains(place) && shown.contains(about), "{text}: {place}, {about}\n{shown}");
    }
    let again = format!("{WRITE}{WRITE}");
    let other = format!("{WRITE}{}", WRITE.replace(":invoke", ":ok").replace(":value 1", ":value 2"));
    let read = format!("{WRITE}{}", WRITE.replace(":invoke", ":ok").replace(":write", ":read"));
    let index = "{:process 0 :type :invoke :f :read :index 4}\n{:process 0 :type :ok :f :read :index 4}";
    for (text, about) in [
        (again.as_str(), "begins an operation before its last one ended"),
        (&other, "asked for 1, and ends with 2"),
        (&read, "invoked `write`, and this ends `read`"),
        (index, "index 4 comes after index 4"),
    ] {
        let (codes, shown) = refused("a.edn", text);
        assert_eq!(codes, [Code::HistoryOrder], "{shown}");
        assert!(shown.contains("a.edn:2:1") && shown.contains(about), "{shown}");
    }
}

#[test]
fn some_operations_with_keys_and_some_without_are_a_mistake() {
    let keyed =
        "{:process 0 :type :invoke :f :read :value [1 nil]}\n{:process 0 :type :ok :f :read :value [1 2]}\n";
    let plain = "{:process 1 :type :invoke :f :write :value 3}\n";
    let (codes, shown) = refused("a.edn", &format!("{keyed}{plain}"));
    assert_eq!(codes, [Code::HistoryOperation]);
    assert!(shown.contains("a.edn:3:1") && shown.contains("names no key"), "{shown}");
}

#[test]
fn what_is_nested_too_deeply_is_refused_before_the_stack_ends() {
    for (name, open, close) in
        [("a.edn", "[", "]"), ("a.edn", "#{", "}"), ("a.edn", "#_", ""), ("a.json", "[", "]")]
    {
        let text = format!("[{}{}]", open.repeat(200_000), close.repeat(200_000));
        let (codes, _) = refused(name, &text);
        assert_eq!(codes, [Code::HistoryTooLarge], "{open}");
    }
    let tags = format!("{{:process {} 0}}", "#a ".repeat(200_000));
    assert_eq!(refused("a.edn", &tags).0, [Code::HistoryTooLarge]);
}

#[test]
fn garbage_is_refused_after_a_few_mistakes_and_never_panics() {
    let flood = "{:process 0}\n".repeat(50_000);
    assert!(refused("a.edn", &flood).0.len() <= 40);
    let good = [
        (
            "a.edn",
            "[{:process 0, :type :invoke, :f :write, :value [\"k\" 1.5e3]} #_x ; c\n #t.Op{:process :nemesis :type :info :f \\a}]",
        ),
        (
            "a.json",
            "[{\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"key\":\"\\u00e9\",\"value\":-1.5e3}, {\"process\":null,\"type\":\"info\"}]",
        ),
    ];
    let mut rng = Seed { scenario: 5, window: 0 }.named("histories", "garbage");
    let alphabet: Vec<char> = "{}[]()#_\\\":;,.-+eNM019 \n\tnilé\u{1f600}\u{0}".chars().collect();
    for (name, text) in good {
        assert!(parse(name, text, Model::CasRegister).is_ok(), "{name}");
        for _ in 0..4_000 {
            let mut chars: Vec<char> = text.chars().collect();
            for _ in 0..=rng.below(4) {
                let at = rng.below(chars.len() as u64) as usize;
                let with = alphabet[rng.below(alphabet.len() as u64) as usize];
                match rng.below(3) {
                    0 => chars[at] = with,
                    1 => chars.insert(at, with),
                    _ => chars.truncate(at.max(1)),
                }
            }
            let text: String = chars.into_iter().collect();
            if let Err((errors, sources)) = parse(name, &text, Model::CasRegister) {
                assert!(errors.render(&sources, Style::Plain).contains("error[G10"), "{text}");
            }
        }
    }
}
