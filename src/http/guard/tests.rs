use std::fmt::Write;
use std::time::{Duration, Instant};

use async_graphql::parser::parse_query;

use super::*;

fn judge(text: &str) -> Result<Passed, Excess> {
    check(&parse_query(text).expect(text))
}

fn over(text: &str, found: u64, allowed: u64) {
    match judge(text) {
        Err(Excess::Over { found: f, allowed: a, .. }) => assert_eq!((f, a), (found, allowed), "{text}"),
        other => panic!("{other:?}: {text}"),
    }
}

fn nested(open: &str, levels: usize) -> String {
    format!("{{{}a{}}}", format!("{open}{{").repeat(levels), "}".repeat(levels))
}

fn times(piece: &str, count: usize) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        let _ = write!(text, "{} ", piece.replace('#', &n.to_string()));
        text
    })
}

/// Each fragment spreads the next one so often.
fn bomb(levels: usize, spreads: usize, last: &str) -> String {
    let mut text = "{...f0}".to_owned();
    for n in 0..levels {
        let next = format!("...f{}", n + 1);
        let _ = write!(text, " fragment f{n} on Q {{{}}}", times(&next, spreads));
    }
    let _ = write!(text, " fragment f{levels} on Q {{{last}}}");
    text
}

#[test]
fn as_much_as_is_allowed_passes_and_one_more_does_not() {
    type Case = (fn(usize) -> String, u64);
    let cases: [Case; 5] = [
        (|n| nested("a", n - 1), DEPTH),
        (|n| format!("{{a{{{}}}}}", times("b", n - 1)), SELECTIONS),
        (|n| format!("{{a{{{}}}}}", times("b#:b", n)), ALIASES),
        (|n| format!("{{{}}}", times("b", n)), ROOTS),
        (|n| format!("{{a{{{}}}}}", times("b @d", n)), DIRECTIVES),
    ];
    for (text, allowed) in cases {
        let most = usize::try_from(allowed).expect("small");
        assert_eq!(judge(&text(most)), Ok(Passed::default()), "{}", text(most));
        over(&text(most + 1), allowed + 1, allowed);
    }
}

#[test]
fn fragments_hide_nothing() {
    over(&format!("{{...f}} fragment f on Q {{{}}}", times("b", 21)), 21, ROOTS);
    over(&format!("{{...f ...f ...f}} fragment f on Q {{{}}}", times("b", 7)), 21, ROOTS);
    over(&format!("{{...{{{}}}}}", times("b", 21)), 21, ROOTS);
    over(&format!("{{a{{...f}}}} fragment f on Q {}", nested("a", 14)), 16, DEPTH);
    over(&format!("{{a}} fragment unused on Q {{{}}}", times("b", 1000)), 1001, SELECTIONS);
    over(&format!("{{a}} fragment unused on Q {}{{a}}", times("@d", 51)), 51, DIRECTIVES);
    over(&format!("query({}) {{a}}", times("$v#: Int @d", 51)), 51, DIRECTIVES);
    over(&format!("query {}{{a}}", times("@d", 51)), 51, DIRECTIVES);
}

#[test]
fn a_fragment_bomb_is_measured_in_no_time() {
    for (levels, spreads, last) in [(25, 2, "__typename"), (25, 100, "a"), (25, 2, "...unknown ...unknown")] {
        let text = bomb(levels, spreads, last);
        let document = parse_query(&text).expect(&text);
        let begin = Instant::now();
        assert!(matches!(check(&document), Err(Excess::Over { .. })), "{text}");
        assert!(begin.elapsed() < Duration::from_millis(100), "{:?}", begin.elapsed());
    }
}

#[test]
fn levels_without_fields_are_counted_too() {
    let levels = usize::try_from(LEVELS).expect("small");
    assert!(judge(&nested("...", levels - 1)).is_ok());
    assert!(judge(&nested("...", levels)).is_err());
    assert!(judge(&bomb(levels - 2, 1, "a")).is_ok());
    for levels in [levels - 1, 2000] {
        assert!(judge(&bomb(levels, 1, "a")).is_err(), "{levels}");
    }
}

#[test]
fn a_fragment_in_itself_is_found_at_once() {
    for text in [
        "{...f} fragment f on Q {...f ...f}",
        "{a} fragment f on Q {a{...g ...g}} fragment g on Q {b{...f ...f}}",
    ] {
        assert!(matches!(judge(text), Err(Excess::Cycle(_))), "{text}");
    }
    assert!(judge("{...f ...g} fragment f on Q {...g} fragment g on Q {a}").is_ok());
}

#[test]
fn tools_may_ask_for_the_whole_schema_but_not_for_its_square() {
    let of_type = format!("kind name {}{}", "ofType { kind name ".repeat(9), "}".repeat(9));
    let tool = format!(
        "{{ __schema {{ queryType {{ name }} types {{ ...T }} directives {{ name args {{ ...I }} }} }} }}
         fragment T on __Type {{ kind name fields(includeDeprecated: true) {{ name args {{ ...I }} type {{ ...R }} }}
           inputFields {{ ...I }} interfaces {{ ...R }} enumValues {{ name }} possibleTypes {{ ...R }} }}
         fragment I on __InputValue {{ name defaultValue type {{ ...R }} }}
         fragment R on __Type {{ {of_type} }}"
    );
    assert_eq!(judge(&tool), Ok(Passed { introspects: true, ..Passed::default() }));
    let types = "fields { type { fields { type { fields { name } } } } }";
    over(&format!("{{ __schema {{ types {{ {types} }} }} }}"), 3, SCHEMA_LISTS);
    over(
        &format!("{{ __type(name: \"Q\") {{ ...f }} }} fragment f on __Type {{ {types} }}"),
        3,
        SCHEMA_LISTS,
    );
    assert_eq!(judge(&format!("{{ farm {{ {types} }} }}")), Ok(Passed::default()));
}

#[test]
fn arguments_variables_and_their_uses_are_few() {
    over(&format!("{{a({})}}", times("b#:1", 501)), 501, ARGUMENTS);
    over(&format!("{{a @skip({})}}", times("b#:1", 501)), 501, ARGUMENTS);
    over(&format!("query({}){{a}}", times("$b#:Int", 101)), 101, VARIABLES);
    over(&format!("query($v:Int){{a(b:[{}])}}", times("$v", 201)), 201, USES);
    over(&format!("query($v:Int){{a(b:{{{}}})}}", times("c#:[$v]", 201)), 201, USES);
    // A fragment counts at every place where it is spread.
    over(&bomb(8, 2, "a(b:$v)").replace("{...f0}", "query($v:Int){z{...f0}}"), 256, USES);
    assert_eq!(judge("query($v:Int){a(b:[$v,{c:$v}]) @skip(if:$v)}").expect("few").uses, 3);
}

#[test]
fn a_field_that_is_tried_stands_once_in_an_operation_however_it_is_put_there() {
    let repeats = |text: &str| judge(text).expect(text).repeats;
    let login = |times| vec![Repeat { operation: None, field: "login", times }];
    for (text, times) in [
        ("mutation{login login}", 2),
        ("mutation{a:login b:login c:login}", 3),
        ("mutation{login ...{login}}", 2),
        ("mutation{...on M{a:login} ...on M{b:login}}", 2),
        ("mutation{login ...f} fragment f on M{login}", 2),
        ("mutation{...f ...f} fragment f on M{login}", 2),
        ("mutation{...f ...g} fragment f on M{...g} fragment g on M{...{login}}", 2),
        ("mutation{...f ...f} fragment f on M{...g ...g} fragment g on M{login}", 4),
        ("mutation($x:Boolean!){a:login @skip(if:$x) b:login @include(if:$x)}", 2),
        ("mutation{register a:login createTask b:login}", 2),
    ] {
        assert_eq!(repeats(text), login(times), "{text}");
    }
    for text in [
        "mutation{login}",
        "mutation{login register refresh}",
        "mutation{login ...f} fragment f on M{register}",
        "mutation{a:createTask b:createTask}",
        "mutation{login{user{login login}}}",
        "mutation{login:createTask b:createTask}",
        "mutation{login} fragment unused on M{login login}",
        "mutation A{login} mutation B{login}",
        "{a:login b:login}",
    ] {
        assert_eq!(repeats(text), [], "{text}");
    }
    let named = "mutation A{login} mutation B{a:register b:register} mutation C{createTask}";
    let operation = Some(Name::new("B"));
    assert_eq!(repeats(named), [Repeat { operation, field: "register", times: 2 }]);
}
