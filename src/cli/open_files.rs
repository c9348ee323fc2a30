//! How many files and connections the system lets this process have open.

/// What the process has open beside the connections of clients: the database, the log, the runtime's own.
const RESERVED: u64 = 128;

/// How many connections there is room for, after asking the system for as much as it gives; at most those wanted.
#[cfg(unix)]
pub(super) fn room_for(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let needed = wanted as u64 + RESERVED;
    if limit.current.is_some_and(|current| current < needed) {
        let current = Some(limit.maximum.map_or(needed, |most| most.min(needed)));
        // What was not given is seen below.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum });
    }
    within(wanted, getrlimit(Resource::Nofile).current)
}

/// Where there is no such limit there is room for all.
#[cfg(not(unix))]
pub(super) fn room_for(wanted: usize) -> usize {
    wanted
}

/// How many of the wanted connections a limit of open files leaves room for; never none.
fn within(wanted: usize, limit: Option<u64>) -> usize {
    let room = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED).max(1));
    wanted.min(usize::try_from(room).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_rest() {
        for (limit, room) in [(None, 4096), (Some(1_000_000), 4096), (Some(1024), 896), (Some(10), 1)] {
            assert_eq!(within(4096, limit), room, "{limit:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_wanted_is_asked_for() {
        use rustix::process::{Resource, getrlimit};
        let room = room_for(300);
        assert_eq!(room, within(300, getrlimit(Resource::Nofile).maximum));
    }
}
