//! Promises that hold for all data, checked on generated data.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::{Config, TestRunner};

/// How many times a failing example is made smaller before it is shown.
const SIMPLIFICATIONS: usize = 60;

/// Checks a promise on so many generated values; when one breaks it, fails with the smallest found that does.
///
/// `PROPTEST_RNG_SEED` makes a run repeat.
pub async fn for_all<S: Strategy>(cases: u32, strategy: S, mut promise: impl AsyncFnMut(S::Value)) {
    let mut runner = TestRunner::new(Config::default());
    for _ in 0..cases {
        let mut tree = strategy.new_tree(&mut runner).expect("a value");
        if AssertUnwindSafe(promise(tree.current())).catch_unwind().await.is_ok() {
            continue;
        }
        let mut smallest = tree.current();
        for _ in 0..SIMPLIFICATIONS {
            let holds = AssertUnwindSafe(promise(tree.current())).catch_unwind().await.is_ok();
            if !holds {
                smallest = tree.current();
            }
            if !(if holds { tree.complicate() } else { tree.simplify() }) {
                break;
            }
        }
        panic!("the promise does not hold for {smallest:#?}");
    }
}
