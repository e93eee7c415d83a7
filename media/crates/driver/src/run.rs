//! Datagrams that one send call can carry: side by side in the arena, to one path, of one size (the last may be shorter).

use engine::api::{Datagram, Path};

/// Segments a run may have. 1 sends each datagram by itself; with UDP GSO the kernel takes up to 64.
pub(crate) const SEGMENTS_MAX: u32 = 1;

/// A run, as UDP GSO wants it: `segment_len` each, the last one shorter or equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) path: Path,
    pub(crate) start: usize,
    pub(crate) len: usize,
    pub(crate) segment_len: usize,
    pub(crate) segments: u32,
}

/// Group datagrams into runs of at most `segments_max`, in order.
pub(crate) fn runs(datagrams: &[Datagram], segments_max: u32) -> impl Iterator<Item = Run> + '_ {
    let mut rest = datagrams.iter().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let len = first.len as usize;
        let mut run = Run {
            path: first.path,
            start: first.start as usize,
            len,
            segment_len: len,
            segments: 1,
        };
        while run.segments < segments_max {
            let Some(next) = rest.next_if(|next| joins(&run, next)) else {
                break;
            };
            run.len += next.len as usize;
            run.segments += 1;
            if (next.len as usize) < run.segment_len {
                break;
            }
        }
        Some(run)
    })
}

fn joins(run: &Run, next: &Datagram) -> bool {
    next.path == run.path
        && next.start as usize == run.start + run.len
        && next.len > 0
        && next.len as usize <= run.segment_len
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    fn path(port: u16) -> Path {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Path {
            local,
            remote: SocketAddr::new(local, port),
        }
    }

    fn laid_out(sizes: &[(u16, u32)]) -> Vec<Datagram> {
        let mut start = 0;
        sizes
            .iter()
            .map(|&(port, len)| {
                let datagram = Datagram {
                    path: path(port),
                    start,
                    len,
                };
                start += len;
                datagram
            })
            .collect()
    }

    fn shape(datagrams: &[Datagram], max: u32) -> Vec<(usize, u32)> {
        runs(datagrams, max)
            .map(|run| (run.len, run.segments))
            .collect()
    }

    #[test]
    fn equal_sizes_to_one_path_are_one_run_and_a_shorter_one_ends_it() {
        let datagrams = laid_out(&[(1, 100), (1, 100), (1, 60), (1, 60), (1, 100)]);
        assert_eq!(shape(&datagrams, 64), [(260, 3), (60, 1), (100, 1)]);
    }

    #[test]
    fn another_path_a_gap_or_the_limit_ends_a_run() {
        let datagrams = laid_out(&[(1, 10), (2, 10), (2, 10)]);
        assert_eq!(shape(&datagrams, 64), [(10, 1), (20, 2)]);
        let mut gap = laid_out(&[(1, 10), (1, 10)]);
        gap[1].start += 1;
        assert_eq!(shape(&gap, 64), [(10, 1), (10, 1)]);
        assert_eq!(
            shape(&laid_out(&[(1, 10), (1, 10), (1, 10)]), 2),
            [(20, 2), (10, 1)]
        );
        assert_eq!(shape(&laid_out(&[(1, 10), (1, 10)]), 1), [(10, 1), (10, 1)]);
    }
}
