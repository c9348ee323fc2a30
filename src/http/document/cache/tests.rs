use std::net::Ipv4Addr;

use uuid::Uuid;

use super::*;

/// What the parts take in these tests, so that they are soon full.
const SIZE: u64 = 1024 * 1024;

fn small() -> Documents {
    // Documents are not held against it before they run.
    let model = Arc::new(Model::read("type Query { a: Int }").expect("it parses"));
    Documents::of_size(QueryLimits::default(), model, SIZE, SIZE / 4)
}

/// Has a document asked for so many times, and remembered.
fn ask(documents: &Documents, text: &str, asker: Asker, times: usize) {
    for _ in 0..times {
        let found = documents.find(Asked::Text(text, None), asker).expect("fine");
        documents.keep(found, asker);
    }
}

fn is_remembered(documents: &Documents, text: &str, asker: Asker) -> bool {
    documents.find(Asked::Text(text, None), asker).expect("fine").is_known
}

fn user() -> Asker {
    Asker::User(UserId::fresh())
}

/// Another address each time, none of them in the network of another.
fn strangers() -> impl Iterator<Item = Asker> {
    (0x0a00_0000..).map(|bits| Asker::At(IpAddr::V4(Ipv4Addr::from_bits(bits))))
}

/// Distinct documents of which a hundred weigh a mebibyte.
fn heavy() -> impl Iterator<Item = String> {
    (0..).map(|n| format!("{{a{n}{{{}}}}}", "a ".repeat(40)))
}

fn popular() -> impl Iterator<Item = String> {
    (0..20).map(|n| format!("{{popular{n}}}"))
}

#[test]
fn what_was_kept_is_found_again_by_everybody() {
    let documents = small();
    let (ada, bob, stranger) = (user(), user(), Asker::At(Ipv4Addr::LOCALHOST.into()));
    assert!(!is_remembered(&documents, "{a}", ada) && !is_remembered(&documents, "{a}", ada));
    ask(&documents, "{a}", ada, 1);
    ask(&documents, "{b}", stranger, 1);
    for asker in [ada, bob, stranger] {
        assert!(is_remembered(&documents, "{a}", asker) && is_remembered(&documents, "{b}", asker));
        assert!(!is_remembered(&documents, "{a }", asker));
    }
}

#[test]
fn what_is_too_heavy_and_what_may_hold_a_password_is_not_kept() {
    let documents = small();
    let heavy = format!("{{a{{{}}}}}", "a ".repeat(900));
    for (text, is_kept) in [
        (heavy.as_str(), false),
        ("{a{b}}", true),
        ("mutation{login(password:\"hunter2\")}", false),
        ("mutation($p:String=\"\"\"hunter2\"\"\"){login(password:$p)}", false),
        ("mutation($p:String){login(password:$p)}", true),
        ("{tasks(search:\"plants\")}", true),
    ] {
        ask(&documents, text, user(), 1);
        assert_eq!(is_remembered(&documents, text, user()), is_kept, "{text}");
    }
}

#[test]
fn however_much_comes_the_documents_stay_within_their_bounds() {
    let documents = small();
    let (mut sent, mut texts, mut others) = (0, heavy(), strangers());
    while sent < 4 * SIZE {
        let (text, asker) = (texts.next().expect("another"), user());
        sent += documents.find(Asked::Text(&text, None), asker).expect("fine").document.weight;
        ask(&documents, &text, asker, 2);
        ask(&documents, &text, others.next().expect("one"), 2);
    }
    for (part, capacity) in [(&documents.signed_in, SIZE), (&documents.strangers, SIZE / 4)] {
        assert!(part.cache.weight() <= capacity, "{} of {capacity}", part.cache.weight());
    }
    assert!(documents.signed_in.cache.weight() > SIZE / 2, "hardly anything is remembered");
}

#[test]
fn one_caller_fills_no_more_than_an_eighth_however_often_each_is_asked_for() {
    let documents = small();
    let flooder = user();
    popular().for_each(|text| ask(&documents, &text, user(), 1));
    let before = documents.signed_in.cache.weight();
    heavy().take(1000).for_each(|text| ask(&documents, &text, flooder, 3));
    let filled = documents.signed_in.cache.weight() - before;
    assert!(filled <= SIZE / AT_ONCE, "{filled}");
    // Not even one that nobody has asked for since is gone.
    assert!(popular().all(|text| is_remembered(&documents, &text, user())));
}

#[test]
fn what_many_use_outlasts_a_flood_of_many_callers() {
    let documents = small();
    // It has been full for long.
    heavy().take(200).for_each(|text| ask(&documents, &text, user(), 1));
    popular().for_each(|text| ask(&documents, &text, user(), 3));
    for (n, text) in heavy().skip(200).take(1500).enumerate() {
        ask(&documents, &text, user(), 2);
        if n % 20 == 0 {
            popular().for_each(|text| ask(&documents, &text, user(), 1));
        }
    }
    assert!(popular().all(|text| is_remembered(&documents, &text, user())));
}

#[test]
fn strangers_drive_out_nothing_of_those_who_are_signed_in() {
    let documents = small();
    popular().for_each(|text| ask(&documents, &text, user(), 1));
    let kept = documents.signed_in.cache.weight();
    for (text, stranger) in heavy().take(500).zip(strangers()) {
        ask(&documents, &text, stranger, 3);
    }
    assert_eq!(documents.signed_in.cache.weight(), kept);
    assert!(popular().all(|text| is_remembered(&documents, &text, user())));
    // Signing in brings a document of theirs where it is safe.
    let text = "{login}";
    ask(&documents, text, strangers().next().expect("one"), 1);
    ask(&documents, text, user(), 1);
    assert!(documents.signed_in.cache.weight() > kept);
}

/// Registers a text under its hash.
fn register(documents: &Documents, text: &str, asker: Asker) {
    let hash = Fingerprint::of(text).to_string();
    let found = documents.find(Asked::Text(text, Some(&hash)), asker).expect("fine");
    documents.keep(found, asker);
}

fn is_registered(documents: &Documents, text: &str, asker: Asker) -> bool {
    documents.find(Asked::Hash(&Fingerprint::of(text).to_string()), asker).is_ok()
}

#[test]
fn only_what_came_with_its_hash_is_found_by_it_whoever_sent_it_first() {
    let documents = small();
    let (user, stranger) = (user(), strangers().next().expect("one"));
    for (first, second) in [(user, stranger), (stranger, user), (user, user), (stranger, stranger)] {
        let text = format!("{{a{}}}", Uuid::now_v7().simple());
        ask(&documents, &text, first, 1);
        assert!(!is_registered(&documents, &text, first) && !is_registered(&documents, &text, second));
        register(&documents, &text, second);
        assert!(is_registered(&documents, &text, first), "{first:?} {second:?}");
        assert!(is_registered(&documents, &text, second), "{first:?} {second:?}");
    }
    register(&documents, "mutation{login(password:\"hunter2\")}", user);
    assert!(!is_registered(&documents, "mutation{login(password:\"hunter2\")}", user));
}

#[test]
fn what_a_user_registered_outlasts_whatever_strangers_register() {
    let documents = small();
    popular().for_each(|text| register(&documents, &text, user()));
    heavy().take(500).zip(strangers()).for_each(|(text, stranger)| register(&documents, &text, stranger));
    assert!(popular().all(|text| is_registered(&documents, &text, user())));
    assert!(documents.strangers.cache.weight() <= SIZE / 4);
}
