use std::fmt::Write;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use serde_json::json;

use super::*;

fn judge(text: &str) -> Result<Passed, Excess> {
    judge_by(&QueryLimits::default(), text)
}

fn judge_by(limits: &QueryLimits, text: &str) -> Result<Passed, Excess> {
    check(&parse_query(text).expect(text), limits)
}

fn over(text: &str, found: u64, allowed: u64) {
    over_by(&QueryLimits::default(), text, found, allowed);
}

fn over_by(limits: &QueryLimits, text: &str, found: u64, allowed: u64) {
    match judge_by(limits, text) {
        Err(Excess::Over { found: f, allowed: a, .. }) => assert_eq!((f, a), (found, allowed), "{text}"),
        other => panic!("{other:?}: {text}"),
    }
}

/// How many selections are looked at, if nothing is too much.
fn steps(text: &str) -> usize {
    let limits = QueryLimits {
        max_depth: u64::MAX,
        max_fields: u64::MAX,
        max_root_fields: u64::MAX,
        max_aliases: u64::MAX,
        max_directives: u64::MAX,
        ..QueryLimits::default()
    };
    let document = parse_query(text).expect(text);
    let mut walk = Walk::new(&document, &limits);
    // Whatever it says: the figure is what was looked at until then.
    let _ = walk.document();
    walk.steps
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
    type Case = (fn(usize) -> String, fn(&mut QueryLimits) -> &mut u64);
    let cases: [Case; 7] = [
        (|n| nested("a", n - 1), |limits| &mut limits.max_depth),
        (|n| format!("{{a{{{}}}}}", times("b", n - 1)), |limits| &mut limits.max_fields),
        (|n| format!("{{a{{{}}}}}", times("b#:b", n)), |limits| &mut limits.max_aliases),
        (|n| format!("{{{}}}", times("b", n)), |limits| &mut limits.max_root_fields),
        (|n| format!("{{a{{{}}}}}", times("b @d", n)), |limits| &mut limits.max_directives),
        (|n| format!("{{a(b:[{}])}}", times("#", n)), |limits| &mut limits.max_input_list),
        (|n| format!("{{a(b:\"{}\")}}", "x".repeat(n)), |limits| &mut limits.max_input_string),
    ];
    for (text, limit) in cases {
        for most in [*limit(&mut QueryLimits::default()), 7] {
            let mut limits = QueryLimits::default();
            *limit(&mut limits) = most;
            let text = |n: u64| text(usize::try_from(n).expect("small"));
            assert_eq!(judge_by(&limits, &text(most)), Ok(Passed::default()), "{}", text(most));
            over_by(&limits, &text(most + 1), most + 1, most);
        }
    }
}

#[test]
fn a_text_has_so_many_tokens_however_they_stand_in_it() {
    let limits = QueryLimits { max_tokens: 9, ..QueryLimits::default() };
    for text in
        ["{a(b:[1])}", "# {{{{{{{{{{\n{a(b:[\"{{{{{{{{{{\"])}", "{,,,,,,,,,,a(b:[\"\"\"\n}}}}}}}\"\"\"])}"]
    {
        assert_eq!(
            check_text(text, &limits),
            Err(Excess::Over { what: "tokens", found: 10, allowed: 9 }),
            "{text}"
        );
        assert_eq!(check_text(text, &QueryLimits { max_tokens: 10, ..limits }), Ok(()), "{text}");
    }
    let text = "{a\n(b: \"\"\"x)}";
    assert_eq!(check_text(text, &limits), Err(Excess::Unended(Pos { line: 2, column: 5 })));
}

#[test]
fn lists_and_strings_are_measured_wherever_they_stand() {
    let limits = QueryLimits { max_input_list: 3, max_input_string: 3, ..QueryLimits::default() };
    for inside in [
        "[1 2 3 4]",
        "\"four\"",
        "\"\"\"four\"\"\"",
        "\"\u{e9}\u{e9}\"",
        "[[1][1 2 3 4]]",
        "{b:[{c:[1 2 3 4]}]}",
        "[[{b:\"four\"}]]",
    ] {
        for text in [
            format!("{{a(b:{inside})}}"),
            format!("{{a @d(b:{inside})}}"),
            format!("{{... @d(b:{inside}){{a}}}}"),
            format!("{{...f @d(b:{inside})}} fragment f on Q {{a}}"),
            format!("{{...f}} fragment f on Q {{a{{...{{a(b:{inside})}}}}}}"),
            format!("{{a}} fragment unused on Q @d(b:{inside}) {{a}}"),
            format!("{{a}} fragment unused on Q {{a(b:{inside})}}"),
            format!("query @d(b:{inside}) {{a}}"),
            format!("query($v:X={inside}) {{a}}"),
            format!("query($v:X @d(b:{inside})) {{a}}"),
        ] {
            over_by(&limits, &text, 4, 3);
        }
        let json = Variables::from_json(json!({ "v": [{ "w": inside }] }));
        assert!(check_variables(&json, &limits).is_err(), "{inside}");
    }
    for (given, is_fine) in [
        (json!({ "v": [1, [2, 3], { "a": "abc" }] }), true),
        (json!({ "v": [1, 2, 3, 4] }), false),
        (json!({ "v": { "a": [{ "b": [[], [1, 2, 3, 4]] }] } }), false),
        (json!({ "u": 1, "v": [{ "a": "four" }] }), false),
    ] {
        assert_eq!(
            check_variables(&Variables::from_json(given.clone()), &limits).is_ok(),
            is_fine,
            "{given}"
        );
    }
}

#[test]
fn fragments_hide_nothing() {
    over(&format!("{{...f}} fragment f on Q {{{}}}", times("b", 21)), 21, 20);
    over(&format!("{{...f ...f ...f}} fragment f on Q {{{}}}", times("b", 7)), 21, 20);
    over(&format!("{{...{{{}}}}}", times("b", 21)), 21, 20);
    over(&format!("{{a{{...f}}}} fragment f on Q {}", nested("a", 14)), 16, 15);
    over(&format!("{{a}} fragment unused on Q {{{}}}", times("b", 1000)), 1001, 1000);
    over(&format!("{{a}} fragment unused on Q {}{{a}}", times("@d", 51)), 51, 50);
    over(&format!("query({}) {{a}}", times("$v#: Int @d", 51)), 51, 50);
    over(&format!("query {}{{a}}", times("@d", 51)), 51, 50);
}

#[test]
fn a_fragment_bomb_takes_no_more_steps_than_it_has_selections() {
    for (levels, spreads, last) in [(25, 2, "__typename"), (25, 100, "a"), (25, 2, "...unknown ...unknown")] {
        let text = bomb(levels, spreads, last);
        assert!(matches!(judge(&text), Err(Excess::Over { .. })), "{text}");
        assert_eq!(steps(&text), 1 + levels * spreads + last.split(' ').count(), "{text}");
    }
}

#[test]
fn steps_grow_with_the_length_of_a_document_and_not_faster() {
    let texts: [fn(usize) -> String; 5] = [
        |n| format!("{{{}}}", times("b#:b(c:[1])@d(e:$v)", n)),
        |n| format!("{{{}}} {}", times("...f#", n), times("fragment f# on Q {a}", n)),
        |n| format!("{{...f0}} {}", times("fragment f# on Q {...f0 ...f1 ...f2 ...f#}", n)),
        |n| format!("{{a}} {}", times("fragment f# on Q {...f1 ...f2}", n)),
        |n| times("query q#{a ...f} fragment f# on Q {a}", n),
    ];
    for text in texts {
        assert!(steps(&text(800)) <= 8 * steps(&text(100)) + 8, "{}", text(2));
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
    over(&format!("{{ __schema {{ types {{ {types} }} }} }}"), 3, 2);
    over(&format!("{{ __type(name: \"Q\") {{ ...f }} }} fragment f on __Type {{ {types} }}"), 3, 2);
    for hidden in [
        "{ a: __schema { b: types { c: fields { d: type { e: fields { f: type { g: fields { h: name } } } } } } } }".to_owned(),
        format!("{{ ...S }} fragment S on Query {{ ... {{ __schema {{ types {{ ...T }} }} }} }}
            fragment T on __Type {{ {types} }}"),
        "{ __schema { types { ...A } } } fragment A on __Type { fields { type { ...B } } }
            fragment B on __Type { inputFields { type { ...C } } } fragment C on __Type { possibleTypes { name } }".to_owned(),
        format!("query($x: Boolean!) {{ __type(name: \"Q\") @skip(if: $x) {{ {types} }} }}"),
        format!("{{ a {{ __schema {{ types {{ {types} }} }} }} }}"),
    ] {
        over(&hidden, 3, 2);
    }
    let none = QueryLimits { max_introspection_depth: 0, ..QueryLimits::default() };
    over_by(&none, "{ __schema { types { fields { name } } } }", 1, 0);
    assert!(judge_by(&none, "{ __schema { types { name } } }").is_ok());
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
