//! The agent against a made-up browser, in virtual time.

use std::net::SocketAddr;

use wire::stun::{Class, IntegrityKey, METHOD_BINDING, Message, TransactionId, Writer};

use super::*;
use crate::api::{Mono, Path};

const UFRAG: &str = "ourufrag";
const PWD: &str = "our password of 24 letters";

struct Password(String);

impl IntegrityKey for Password {
    fn tag(&self, parts: &[&[u8]]) -> [u8; 20] {
        password_tag(&self.0, parts)
    }
}

/// A check as a browser sends it.
struct Check<'a> {
    username: &'a str,
    pwd: &'a str,
    number: u8,
    nominates: bool,
    priority: u32,
}

const CHECK: Check<'static> = Check {
    username: "ourufrag:them",
    pwd: PWD,
    number: 0,
    nominates: false,
    priority: 100,
};

impl Check<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(
            Class::Request,
            METHOD_BINDING,
            TransactionId([self.number; 12]),
            &mut out,
        )
        .username(self.username)
        .ice_controlling(1)
        .priority(self.priority);
        if self.nominates {
            writer = writer.use_candidate();
        }
        writer.finish(Some(&Password(self.pwd.into())));
        out
    }
}

fn path(port: u16) -> Path {
    Path {
        local: [10, 0, 0, 1].into(),
        remote: SocketAddr::from(([192, 0, 2, 1], port)),
    }
}

fn at_ms(ms: u64) -> Mono {
    Mono(ms * 1000)
}

fn check(agent: &mut Agent, now: Mono, port: u16, check: &Check<'_>) -> Result<Checked, Ignored> {
    let mut out = Vec::new();
    let result = agent.receive(now, path(port), &check.bytes(), &mut out);
    if result.is_ok() {
        let answer = Message::parse(&out).unwrap();
        assert_eq!(answer.class, Class::Success);
        assert_eq!(answer.transaction, TransactionId([check.number; 12]));
        assert_eq!(answer.xor_mapped_address, Some(path(port).remote));
        assert!(answer.has_integrity_by(&Password(check.pwd.into())));
    } else {
        assert!(out.is_empty(), "no answer to what is not authenticated");
    }
    result
}

#[test]
fn a_check_is_answered_and_proves_its_pair() {
    let mut agent = Agent::new(UFRAG, PWD, Some("them"));
    assert!(!agent.is_proven(at_ms(0), path(1)));
    let checked = check(&mut agent, at_ms(0), 1, &CHECK).unwrap();
    assert_eq!(
        checked,
        Checked {
            pair_is_new: true,
            selected_changed: true,
            restarted: false
        }
    );
    assert!(agent.is_proven(at_ms(1), path(1)));
    assert!(!agent.is_proven(at_ms(1), path(2)));
    assert_eq!(agent.selected(at_ms(1)), Some(path(1)));
    let checked = check(&mut agent, at_ms(50), 1, &CHECK).unwrap();
    assert_eq!(
        checked,
        Checked {
            pair_is_new: false,
            selected_changed: false,
            restarted: false
        }
    );
}

#[test]
fn the_unauthenticated_get_nothing() {
    let mut agent = Agent::new(UFRAG, PWD, Some("them"));
    for (username, pwd, expected) in [
        ("ourufrag:them", "wrong", Ignored::Forged),
        ("ourufrag:others", PWD, Ignored::Stranger),
        ("other:them", PWD, Ignored::Stranger),
        ("ourufrag", PWD, Ignored::Stranger),
    ] {
        assert_eq!(
            check(
                &mut agent,
                at_ms(0),
                1,
                &Check {
                    username,
                    pwd,
                    ..CHECK
                }
            ),
            Err(expected)
        );
    }
    let mut out = Vec::new();
    assert!(
        agent
            .receive(at_ms(0), path(1), &[0; 20], &mut out)
            .is_err()
    );
    let mut bare = Vec::new();
    Writer::new(
        Class::Request,
        METHOD_BINDING,
        TransactionId::default(),
        &mut bare,
    )
    .username("ourufrag:them")
    .finish(None);
    assert_eq!(
        agent.receive(at_ms(0), path(1), &bare, &mut out),
        Err(Ignored::Forged)
    );
    let mut answer = Vec::new();
    Writer::new(
        Class::Success,
        METHOD_BINDING,
        TransactionId::default(),
        &mut answer,
    )
    .username("ourufrag:them")
    .finish(Some(&Password(PWD.into())));
    assert_eq!(
        agent.receive(at_ms(0), path(1), &answer, &mut out),
        Err(Ignored::NotARequest)
    );
    assert!(out.is_empty());
    assert_eq!(agent.selected(at_ms(0)), None);
    assert_eq!(agent.pairs().count(), 0);
}

#[test]
fn their_ufrag_is_compared_once_known() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    assert!(check(&mut agent, at_ms(0), 1, &CHECK).is_ok());
    assert!(!agent.set_credentials(UFRAG, PWD, Some("them")));
    assert!(check(&mut agent, at_ms(1), 1, &CHECK).is_ok());
    let other = Check {
        username: "ourufrag:else",
        ..CHECK
    };
    assert_eq!(
        check(&mut agent, at_ms(2), 1, &other),
        Err(Ignored::Stranger)
    );
}

#[test]
fn a_controlled_prober_is_told_of_the_conflict() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    let mut request = Vec::new();
    Writer::new(
        Class::Request,
        METHOD_BINDING,
        TransactionId([4; 12]),
        &mut request,
    )
    .username("ourufrag:them")
    .ice_controlled(u64::MAX)
    .finish(Some(&Password(PWD.into())));
    let mut out = Vec::new();
    assert_eq!(
        agent.receive(at_ms(0), path(1), &request, &mut out),
        Err(Ignored::RoleConflict)
    );
    let answer = Message::parse(&out).unwrap();
    assert_eq!((answer.class, answer.error_code), (Class::Error, Some(487)));
    assert!(answer.has_integrity_by(&Password(PWD.into())));
    assert!(!agent.is_proven(at_ms(0), path(1)));
}

#[test]
fn what_we_do_not_know_is_named() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    let mut out = Vec::new();
    let request = request_with_attribute(0x7777);
    assert_eq!(
        agent.receive(at_ms(0), path(1), &request, &mut out),
        Err(Ignored::UnknownAttribute)
    );
    assert_eq!(Message::parse(&out).unwrap().error_code, Some(420));
    assert!(out.windows(2).any(|pair| pair == [0x77, 0x77]));
    // From 0x8000 on one may ignore it.
    out.clear();
    assert!(
        agent
            .receive(at_ms(0), path(1), &request_with_attribute(0xc057), &mut out)
            .is_ok()
    );
}

/// The writer has no door for foreign attributes: this one is spliced in before the integrity, as bytes.
fn request_with_attribute(kind: u16) -> Vec<u8> {
    let mut head = Vec::new();
    Writer::new(
        Class::Request,
        METHOD_BINDING,
        TransactionId([1; 12]),
        &mut head,
    )
    .username("ourufrag:them")
    .finish(None);
    head.truncate(head.len() - 8);
    head.extend_from_slice(&kind.to_be_bytes());
    head.extend_from_slice(&[0, 4, 1, 2, 3, 4]);
    let len = (head.len() + 24 - 20) as u16;
    head[2..4].copy_from_slice(&len.to_be_bytes());
    let tag = Password(PWD.into()).tag(&[&head]);
    head.extend_from_slice(&[0, 8, 0, 20]);
    head.extend_from_slice(&tag);
    head
}

fn nominate(number: u8, priority: u32) -> Check<'static> {
    Check {
        nominates: true,
        number,
        priority,
        ..CHECK
    }
}

#[test]
fn nomination_beats_the_first_pair() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &CHECK).unwrap();
    check(&mut agent, at_ms(1), 2, &CHECK).unwrap();
    assert_eq!(agent.selected(at_ms(1)), Some(path(1)));
    assert!(
        check(&mut agent, at_ms(2), 2, &nominate(1, 50))
            .unwrap()
            .selected_changed
    );
    assert_eq!(agent.selected(at_ms(2)), Some(path(2)));
}

#[test]
fn of_pairs_nominated_once_the_best_stays() {
    // Firefox: every pair is nominated, once; its retransmissions do not count twice.
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &nominate(1, 100)).unwrap();
    check(&mut agent, at_ms(1), 2, &nominate(2, 90)).unwrap();
    check(&mut agent, at_ms(2), 2, &nominate(2, 90)).unwrap();
    assert_eq!(agent.selected(at_ms(2)), Some(path(1)));
    check(&mut agent, at_ms(3), 3, &nominate(3, 110)).unwrap();
    assert_eq!(agent.selected(at_ms(3)), Some(path(3)));
}

#[test]
fn a_changed_mind_is_followed() {
    // Chromium: from WLAN to mobile, of lower priority, while the old pair is still checked without nomination.
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &nominate(1, 100)).unwrap();
    check(&mut agent, at_ms(500), 2, &nominate(2, 50)).unwrap();
    check(&mut agent, at_ms(600), 1, &Check { number: 3, ..CHECK }).unwrap();
    assert_eq!(agent.selected(at_ms(600)), Some(path(1)));
    assert!(
        check(&mut agent, at_ms(1000), 2, &nominate(4, 50))
            .unwrap()
            .selected_changed
    );
    assert_eq!(agent.selected(at_ms(1000)), Some(path(2)));
    // And back: once is a hesitation, twice is a decision... unless the priority is higher, as here.
    assert!(
        check(&mut agent, at_ms(1500), 1, &nominate(5, 100))
            .unwrap()
            .selected_changed
    );
}

#[test]
fn a_silent_pair_gives_way_to_any() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &nominate(1, 100)).unwrap();
    check(&mut agent, at_ms(7_999), 2, &CHECK).unwrap();
    assert_eq!(agent.selected(at_ms(7_999)), Some(path(1)));
    check(&mut agent, at_ms(8_000), 2, &Check { number: 1, ..CHECK }).unwrap();
    assert_eq!(agent.selected(at_ms(8_000)), Some(path(2)));
}

#[test]
fn consent_lapses_and_is_renewed() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &CHECK).unwrap();
    assert_eq!(agent.consent_until(), Some(at_ms(30_000)));
    assert_eq!(agent.selected(at_ms(29_999)), Some(path(1)));
    agent.note_media(at_ms(29_999));
    assert_eq!(agent.heard_at(), Some(at_ms(29_999)));
    assert_eq!(agent.selected(at_ms(30_000)), None);
    assert!(!agent.is_proven(at_ms(30_000), path(1)));
    check(&mut agent, at_ms(31_000), 1, &CHECK).unwrap();
    assert_eq!(agent.selected(at_ms(31_000)), Some(path(1)));
}

#[test]
fn a_restart_overlaps() {
    let mut agent = Agent::new(UFRAG, PWD, Some("them"));
    check(&mut agent, at_ms(0), 1, &nominate(1, 100)).unwrap();
    assert!(agent.set_credentials("newufrag", "new password 24 letters..", Some("they")));
    assert!(
        !agent.set_credentials("newufrag", "new password 24 letters..", Some("they")),
        "idempotent"
    );
    assert_eq!(
        agent.local_ufrags().collect::<Vec<_>>(),
        ["newufrag", UFRAG]
    );
    // The old way goes on until the new one works.
    assert!(!check(&mut agent, at_ms(100), 1, &CHECK).unwrap().restarted);
    assert_eq!(agent.selected(at_ms(100)), Some(path(1)));
    let fresh = Check {
        username: "newufrag:they",
        pwd: "new password 24 letters..",
        number: 9,
        nominates: false,
        priority: 1,
    };
    let checked = check(&mut agent, at_ms(200), 2, &fresh).unwrap();
    assert_eq!(
        checked,
        Checked {
            pair_is_new: true,
            selected_changed: true,
            restarted: true
        }
    );
    assert_eq!(agent.selected(at_ms(200)), Some(path(2)));
    assert_eq!(agent.generation(), Generation(1));
    // The old credentials are gone, what is under way on the old pair is still taken.
    assert_eq!(
        check(&mut agent, at_ms(300), 1, &CHECK),
        Err(Ignored::Stranger)
    );
    assert!(agent.is_proven(at_ms(300), path(1)));
    assert!(!agent.is_proven(at_ms(30_100), path(1)));
}

#[test]
fn restarts_in_a_row_keep_what_works() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &CHECK).unwrap();
    for number in 0..50 {
        agent.set_credentials(&format!("ufrag{number}"), "password", None);
    }
    assert_eq!(agent.local_ufrags().collect::<Vec<_>>(), ["ufrag49", UFRAG]);
    assert!(check(&mut agent, at_ms(1), 1, &CHECK).is_ok());
}

#[test]
fn pairs_are_bounded_and_the_selected_one_stays() {
    let mut agent = Agent::new(UFRAG, PWD, None);
    check(&mut agent, at_ms(0), 1, &nominate(1, 100)).unwrap();
    for port in 2..200 {
        check(&mut agent, at_ms(u64::from(port)), port, &CHECK).unwrap();
    }
    assert_eq!(agent.pairs().count(), PAIRS_MAX);
    assert_eq!(agent.selected(at_ms(300)), Some(path(1)));
    assert!(agent.is_proven(at_ms(300), path(199)));
    assert!(!agent.is_proven(at_ms(300), path(2)));
}
