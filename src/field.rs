//! Text from outside, made into types by `parse`: once one exists, its bounds hold.
//!
//! Lengths count Unicode characters (scalar values), as everywhere in this API.

use std::fmt;

/// An argument that is not acceptable, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Its name in the schema.
    pub field: &'static str,
    /// One sentence for the caller.
    pub message: String,
}

impl Invalid {
    /// Refuses the argument of this name for this reason.
    pub fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// What shall become of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays as it is.
    Keep,
    /// It becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// The field as it shall be, given how it is.
    pub fn of<U: Clone>(&self, current: &U, stored: impl Fn(&T) -> U) -> U {
        match self {
            Self::Keep => current.clone(),
            Self::Set(value) => stored(value),
        }
    }
}

/// What a kind of text may be.
struct Bounds {
    field: &'static str,
    shortest: usize,
    longest: usize,
    many_lines: bool,
}

impl Bounds {
    fn check(&self, text: &str) -> Result<(), Invalid> {
        let refuse = |message: String| Err(Invalid::new(self.field, message));
        let allowed = |c: char| !c.is_control() || (self.many_lines && matches!(c, '\n' | '\t'));
        if let Some(control) = text.chars().find(|c| !allowed(*c)) {
            return refuse(format!("must not contain the control character U+{:04X}", u32::from(control)));
        }
        let length = text.chars().count();
        if length < self.shortest {
            return refuse(format!("must have at least {} character", self.shortest));
        }
        if length > self.longest {
            return refuse(format!("must have at most {} characters, not {length}", self.longest));
        }
        Ok(())
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $text:ident $bounds:expr, $prepare:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $text(String);

        impl $text {
            /// Makes it of what a caller sent, or says which bound is broken.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let prepare: fn(&str) -> String = $prepare;
                let text = prepare(text);
                $bounds.check(&text)?;
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

texts! {
    /// What a task is called: one line, 1 to 200 characters, no blanks around it.
    Title Bounds { field: "title", shortest: 1, longest: 200, many_lines: false }, |text| text.trim().to_owned();
    /// What a task is about: up to 10,000 characters; lines end in a newline, whatever ended them before.
    Description Bounds { field: "description", shortest: 0, longest: 10_000, many_lines: true },
        |text| text.replace("\r\n", "\n");
    /// What a tag is called: one line, 1 to 50 characters, no blanks around it.
    TagName Bounds { field: "name", shortest: 1, longest: 50, many_lines: false }, |text| text.trim().to_owned();
    /// What to call a person: one line, 1 to 100 characters, no blanks around it.
    PersonName Bounds { field: "name", shortest: 1, longest: 100, many_lines: false }, |text| text.trim().to_owned();
}

impl PersonName {
    /// An empty name is none.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, Invalid> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// As much of a name as fits, for one whose giver cannot be asked for a better one.
    pub fn fitted(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_control()).collect();
        let start: String = plain.trim().chars().take(100).collect();
        Self::parse_optional(&start).ok().flatten()
    }
}

/// A colour as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

impl Color {
    /// Makes it of what a caller sent; letter case makes no difference.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.strip_prefix('#') {
            Some(digits) if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(Self(text.to_ascii_lowercase()))
            }
            _ => Err(Invalid::new("color", "must read #rrggbb, six hexadecimal digits behind a #")),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_after_trimming() {
        assert_eq!(Title::parse("  Tea  ").expect("fine").as_str(), "Tea");
        assert!(Title::parse(&"\u{1f375}".repeat(200)).is_ok());
        assert_eq!(
            Title::parse(&"\u{1f375}".repeat(201)).expect_err("long").to_string(),
            "title: must have at most 200 characters, not 201"
        );
        assert!(Title::parse(" \u{2003} ").is_err());
        assert!(Description::parse("").is_ok());
        assert!(Description::parse(&"x".repeat(10_000)).is_ok());
        assert!(Description::parse(&"x".repeat(10_001)).is_err());
        assert!(TagName::parse(&"x".repeat(51)).is_err());
        assert!(PersonName::parse(&"x".repeat(101)).is_err());
    }

    #[test]
    fn control_characters_are_refused_except_line_ends_and_tabs_in_a_description() {
        assert_eq!(Description::parse("a\r\n\tb").expect("fine").as_str(), "a\n\tb");
        for text in ["a\0", "a\r", "a\u{7f}", "a\u{85}", "\u{1b}[2J"] {
            assert!(Description::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(
            Title::parse("a\tb").expect_err("a tab").to_string(),
            "title: must not contain the control character U+0009"
        );
    }

    #[test]
    fn a_color_is_six_digits() {
        assert_eq!(Color::parse("#A0b1C2").expect("fine").as_str(), "#a0b1c2");
        for text in ["", "#", "a0b1c2", "#a0b1c", "#a0b1c2d", "#a0b1cg", "#\u{e9}\u{e9}\u{e9}"] {
            assert!(Color::parse(text).is_err(), "{text}");
        }
    }
}
