//! Counting the tokens of a text before anything is made of it (GraphQL specification, section 2.1).
//!
//! The count is never below what the parser makes of the text. The parser is more lenient than the specification in one
//! place: it takes `truenull` for two values, so that such a word counts twice here.

/// How many tokens there are. `Err`: where a block string begins that does not end, in bytes. At each of those the parser
/// would search the rest of the text.
pub(super) fn count(text: &str) -> Result<u64, usize> {
    let mut rest = text.as_bytes();
    let mut tokens: u64 = 0;
    while !rest.is_empty() {
        let (length, more) = match rest {
            [b' ' | b',' | b'\t' | b'\r' | b'\n', ..] => (1, 0),
            [0xEF, 0xBB, 0xBF, ..] => (3, 0),
            [b'#', ..] => (leading(rest, |byte| !matches!(byte, b'\r' | b'\n')), 0),
            [b'"', b'"', b'"', inside @ ..] => (6 + block_string(inside).ok_or(text.len() - rest.len())?, 1),
            [b'"', inside @ ..] => (1 + string(inside), 1),
            [b'.', b'.', b'.', ..] => (3, 1),
            [b'-' | b'0'..=b'9', ..] => (number(rest), 1),
            [b'_' | b'a'..=b'z' | b'A'..=b'Z', ..] => word(rest),
            _ => (1, 1),
        };
        tokens += more;
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(tokens)
}

fn leading(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| is(**byte)).count()
}

/// The length of what stands before the closing quotes.
fn block_string(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match inside.get(at..)? {
            [b'"', b'"', b'"', ..] => return Some(at),
            [b'\\', b'"', b'"', b'"', ..] => at += 4,
            [] => return None,
            _ => at += 1,
        }
    }
}

/// The length up to the closing quote and with it; a line ends the string as well.
fn string(inside: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match inside.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            None | Some(b'\r' | b'\n') => return at,
            Some(_) => at += 1,
        }
    }
}

/// The length of one number: `01` is two of them, and so is `1-1`.
fn number(bytes: &[u8]) -> usize {
    let digits = |from: usize| leading(bytes.get(from..).unwrap_or_default(), |byte| byte.is_ascii_digit());
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    at += if bytes.get(at) == Some(&b'0') { 1 } else { digits(at) };
    if bytes.get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if digits(at + 1 + sign) > 0 {
            at += 1 + sign + digits(at + 1 + sign);
        }
    }
    at.max(1)
}

/// The length of a word, and the tokens that it may be to the parser.
fn word(bytes: &[u8]) -> (usize, u64) {
    const VALUES: [&[u8]; 3] = [b"true", b"false", b"null"];
    let length = leading(bytes, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let mut rest = &bytes[..length];
    let mut tokens = 0;
    while let Some(behind) = VALUES.iter().find_map(|value| rest.strip_prefix(*value)) {
        tokens += 1;
        rest = behind;
    }
    match rest {
        [] => (length, tokens),
        // No name begins with a digit: `true00` is three values.
        [b'0'..=b'9', ..] if tokens > 0 => (length - rest.len(), tokens),
        _ => (length, tokens + 1),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_values_and_signs_count_and_what_stands_between_them_does_not() {
        for (text, tokens) in [
            ("", 0),
            (" ,\t\r\n\u{feff}", 0),
            ("# {a} \"\"\" \n{a}", 3),
            ("# {a}\r{a}", 3),
            ("query Q($v: [Int!]! = [1, -2.5e+3]) @d { a: b(c: $v) ...F }", 32),
            (r#"{a(b:"x # y { \" \\")}"#, 8),
            (r#"{a(b:"""x " "" \""" { # """)}"#, 8),
            (r#"{a(b:["" "x""y"])}"#, 12),
            ("[1-1-1]", 5),
            ("[000]", 5),
            ("[1.5 1e5 1.5E-5 -0]", 6),
            ("[truefalsenull]", 5),
            ("[true000]", 6),
            ("[true00\"1\"\"\"]", 7),
            ("[null1.5e5false0x]", 7),
            ("nullable", 2),
            ("...on", 2),
        ] {
            assert_eq!(count(text), Ok(tokens), "{text}");
        }
    }

    #[test]
    fn a_block_string_that_does_not_end_is_found_at_once() {
        assert_eq!(count(r#"{a(b:""""#), Err(5));
        assert_eq!(count(r#"{a(b:"""x\""")}"#), Err(5));
        assert_eq!(count(&r#""""\"""#.repeat(1000)), Err(0));
    }

    proptest! {
        /// Without anything between them, so that whatever the parser tells apart has to be told apart here.
        #[test]
        fn the_parser_finds_no_more_values_than_there_are_tokens(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "1", "-1", "0", ".5", "e", "e5", "true", "null", "\"\"", "\"", "\\\"", "x", "[", "]", " ", "#", "\n", "\"\"\"",
                ]),
                0..24,
            ),
        ) {
            let text = format!("{{a(b:[{}])}}", pieces.concat());
            if let (Ok(document), Ok(tokens)) = (parse_query(&text), count(&text)) {
                let (_, operation) = document.operations.iter().next().expect("one");
                let async_graphql::parser::types::Selection::Field(field) =
                    &operation.node.selection_set.node.items[0].node
                else {
                    panic!("a field");
                };
                let values = values(&field.node.arguments[0].1.node);
                // Braces, parentheses, two names and a colon; each list closes, too.
                prop_assert!(values + 8 <= tokens, "{text}: {values} values, {tokens} tokens");
            }
        }
    }

    fn values(value: &async_graphql_value::Value) -> u64 {
        match value {
            async_graphql_value::Value::List(items) => 1 + items.iter().map(values).sum::<u64>(),
            _ => 1,
        }
    }
}
