//! A panic on a shard's thread is caught by the shard; here it is kept off stderr, and its place in the source is
//! remembered for the reason. The message itself is not: it may hold an address.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// `Some` on shard threads only.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Call at the start of a shard's thread.
pub(crate) fn adopt_thread() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            let place = panicked
                .location()
                .map(|place| format!("{}:{}", place.file(), place.line()));
            let ours = PLACE.with(|slot| match &mut *slot.borrow_mut() {
                None => false,
                Some(slot) => {
                    *slot = place.unwrap_or_default();
                    true
                }
            });
            if !ours {
                previous(panicked);
            }
        }));
    });
    PLACE.with(|slot| *slot.borrow_mut() = Some(String::new()));
}

/// Run it; when it panics, where.
pub(crate) fn guarded<T>(call: impl FnOnce() -> T) -> Result<T, String> {
    // What the call was changing is thrown away by the caller (the Room, or the whole engine), so nothing broken is seen.
    panic::catch_unwind(AssertUnwindSafe(call)).map_err(|_| {
        PLACE.with(|slot| {
            format!(
                "panic at {}",
                slot.borrow().as_deref().unwrap_or("unknown place")
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_place_and_not_the_message() {
        let told = std::thread::spawn(|| {
            adopt_thread();
            guarded(|| panic!("203.0.113.9 did it")).map(|(): ()| ())
        });
        let reason = told.join().unwrap().unwrap_err();
        assert!(
            reason.contains("panics.rs:") && !reason.contains("203.0.113.9"),
            "{reason}"
        );
    }
}
