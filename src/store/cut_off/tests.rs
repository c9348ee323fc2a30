use std::time::Duration;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_250);

fn proof(user: UserId, sign_in: Option<SignInId>, epoch: i32, at: Timestamp) -> Proof {
    (&VerifiedClaims::for_test(user, at, at + Duration::from_hours(1)).with(sign_in, epoch)).into()
}

fn cut(subject: impl Into<Subject>, epoch: i32) -> CutOff {
    CutOff { subject: subject.into(), epoch, since: NOW, ends_at: NOW + Duration::from_hours(1) }
}

#[test]
fn tokens_of_earlier_epochs_are_refused_whenever_they_were_issued() {
    let (cut_offs, ada, bob) = (CutOffs::default(), UserId::fresh(), UserId::fresh());
    cut_offs.apply(cut(ada, 2));
    let later = NOW + Duration::from_mins(1);
    for (user, epoch, counts) in
        [(ada, 0, false), (ada, 1, false), (ada, 2, true), (ada, 3, true), (bob, 0, true)]
    {
        for at in [NOW, later] {
            assert_eq!(cut_offs.spare(user, proof(user, None, epoch, at)), counts, "{epoch}");
        }
    }
    cut_offs.apply(cut(ada, 1));
    assert!(!cut_offs.spare(ada, proof(ada, None, 1, NOW)), "an older one takes nothing back");
}

#[test]
fn tokens_without_an_epoch_are_refused_when_they_are_of_an_earlier_second() {
    let (cut_offs, ada) = (CutOffs::default(), UserId::fresh());
    cut_offs.apply(cut(ada, 1));
    let living = cut_offs.read();
    let refused = &living.by_subject[&ada.into()];
    for (millis, counts) in [(-251, false), (-250, true), (0, true), (700, true)] {
        let at = Timestamp::from_millis(NOW.millis() + millis);
        assert_eq!(refused.spares_second_of(proof(ada, None, 0, at)), counts, "{millis}");
    }
}

#[test]
fn what_was_issued_from_a_sign_in_ends_with_it() {
    let (cut_offs, ada) = (CutOffs::default(), UserId::fresh());
    let (ended, other) = (SignInId::fresh(), SignInId::fresh());
    cut_offs.apply(cut(ended, NO_EPOCH));
    for (sign_in, counts) in [(Some(ended), false), (Some(other), true), (None, true)] {
        assert_eq!(cut_offs.spare(ada, proof(ada, sign_in, 0, NOW)), counts);
    }
}

#[test]
fn a_burst_is_forgotten_once_its_tokens_have_expired() {
    let cut_offs = CutOffs::default();
    let users: Vec<UserId> = (0..100_000).map(|_| UserId::fresh()).collect();
    for user in &users {
        cut_offs.apply(cut(*user, 1));
        cut_offs.apply(cut(*user, 1));
    }
    let living = |cut_offs: &CutOffs| {
        let living = cut_offs.living.read().expect("whole");
        (living.by_subject.len(), living.by_subject.capacity())
    };
    assert_eq!(living(&cut_offs).0, users.len());
    // A megabyte for each twenty thousand.
    let bytes = living(&cut_offs).1 * (size_of::<(Subject, Refused)>() + 1);
    assert!(bytes <= users.len() * 100, "{bytes}");
    cut_offs.forget_before(NOW + Duration::from_hours(1));
    assert_eq!(living(&cut_offs), (0, 0));
}
