//! The examples of `docs/allocation.md` hold, with the numbers that stand there.

use engine::allocate::{
    Allocation, AudioDemand, Input, LayerRate, Memory, Pause, Prefer, VideoClass, VideoDemand,
    allocate,
};
use engine::api::{Layer, Mono};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/allocation.md");

struct Class {
    audio: Vec<AudioDemand>,
    video: Vec<(u16, VideoClass, String)>,
    ladders: Vec<(String, Vec<LayerRate>)>,
    estimate_bps: u32,
    now_us: u64,
    memory: Memory,
    out: Allocation,
}

/// The ladders stand in the document's table too.
fn ladders(document: &str) -> Vec<(String, Vec<LayerRate>)> {
    let mut rows = document
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect::<Vec<String>>()
        });
    let layers: Vec<Option<Layer>> = rows
        .next()
        .expect("a table")
        .iter()
        .map(|cell| layer(cell))
        .collect();
    rows.skip(1)
        .map(|row| {
            let rates = row.iter().zip(&layers).filter_map(|(cell, layer)| {
                Some(LayerRate {
                    layer: (*layer)?,
                    bps: cell.parse::<u32>().ok()? * 1_000,
                })
            });
            (row[0].clone(), rates.collect())
        })
        .collect()
}

fn layer(text: &str) -> Option<Layer> {
    let (spatial, temporal) = text.split_once('.')?;
    Some(Layer {
        spatial: spatial.parse().ok()?,
        temporal: temporal.parse().ok()?,
    })
}

impl Class {
    fn call(&mut self) {
        self.now_us += 100_000;
        let video: Vec<VideoDemand<'_>> = self
            .video
            .iter()
            .map(|(slot, class, ladder)| VideoDemand {
                slot: *slot,
                generation: 1,
                class: *class,
                priority: 0,
                prefer: if *class == VideoClass::Screen {
                    Prefer::Detail
                } else {
                    Prefer::Motion
                },
                layer_max: Layer {
                    spatial: 2,
                    temporal: 2,
                },
                layers: &self
                    .ladders
                    .iter()
                    .find(|(name, _)| name == ladder)
                    .expect("a known ladder")
                    .1,
            })
            .collect();
        let input = Input {
            now: Mono(self.now_us),
            estimate_bps: self.estimate_bps,
            reserved_bps: 0,
            audio: &self.audio,
            video: &video,
        };
        allocate(&input, &mut self.memory, &mut self.out);
    }

    fn expect(&self, words: &[&str], line: &str) {
        let told = match words[0] {
            "audio" => {
                let grant = self
                    .out
                    .audio
                    .iter()
                    .find(|g| g.slot.to_string() == words[1])
                    .expect("a known slot");
                let demand = self
                    .audio
                    .iter()
                    .find(|a| a.slot == grant.slot)
                    .expect("a known slot");
                let whole = grant.red || demand.red_bps == 0;
                if !grant.keep {
                    "cut".to_owned()
                } else {
                    if whole { "whole" } else { "plain" }.to_owned()
                }
            }
            "video" => {
                let grant = self
                    .out
                    .video
                    .iter()
                    .find(|g| g.slot.to_string() == words[1])
                    .expect("a known slot");
                match grant.target {
                    Ok(layer) => format!("{}.{}", layer.spatial, layer.temporal),
                    Err(Pause::Bandwidth) => "paused".to_owned(),
                    Err(Pause::AudioOnly) => "audio-only".to_owned(),
                    Err(Pause::NoLayer) => "no-layer".to_owned(),
                }
            }
            "total" => format!(
                "{} {}",
                self.out.audio_bps / 1_000,
                self.out.video_bps / 1_000
            ),
            other => panic!("what is `{other}`?"),
        };
        let wanted = if words[0] == "total" {
            words[1..].join(" ")
        } else {
            words[2].to_owned()
        };
        assert_eq!(told, wanted, "`{line}` at {} ms", self.now_us / 1_000);
    }

    fn line(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |name: &str| {
            words
                .iter()
                .position(|w| *w == name)
                .map(|n| words[n + 1].parse::<u32>().expect("a number"))
        };
        match words[0] {
            "audio" => self.audio.push(AudioDemand {
                slot: words[1].parse().expect("a slot"),
                bps: words[2].parse::<u32>().expect("a rate") * 1_000,
                red_bps: number("red").unwrap_or(0) * 1_000,
                pinned: words.contains(&"pinned"),
                rank: number("rank").unwrap_or(0) as u8,
            }),
            "video" => {
                let class = match words[2] {
                    "screen" => VideoClass::Screen,
                    "main" => VideoClass::Main,
                    "speaker" => VideoClass::Speaker,
                    "visible" => VideoClass::Visible,
                    other => panic!("what is `{other}`?"),
                };
                self.video.push((
                    words[1].parse().expect("a slot"),
                    class,
                    words[3].to_owned(),
                ));
            }
            "estimate" => {
                self.estimate_bps = words[1].parse::<u32>().expect("a rate") * 1_000;
                self.call();
            }
            "wait" => {
                let calls = (words[1].parse::<f64>().expect("seconds") * 10.0).round() as u64;
                (0..calls).for_each(|_| self.call());
            }
            "expect" => self.expect(&words[1..], line),
            other => panic!("what is `{other}`?"),
        }
    }
}

#[test]
fn the_document_tells_the_truth() {
    let document = std::fs::read_to_string(DOCUMENT).expect("docs/allocation.md");
    let ladders = ladders(&document);
    assert_eq!(ladders.len(), 2);
    let mut examples = 0;
    for part in document.split("```allocation\n").skip(1) {
        let example = part.split("```").next().expect("an end");
        let mut class = Class {
            audio: Vec::new(),
            video: Vec::new(),
            ladders: ladders.clone(),
            estimate_bps: 0,
            now_us: 0,
            memory: Memory::new(26),
            out: Allocation::default(),
        };
        example.lines().for_each(|line| class.line(line));
        examples += 1;
    }
    assert!(examples >= 10, "{examples}");
}
