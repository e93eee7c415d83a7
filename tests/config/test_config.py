"""One file, one place for each key, everything that is wrong told at once."""

import dataclasses
import tomllib
import typing
from pathlib import Path

import pytest

from server.config import Config, Secrets, secrets_from
from server.config_file import ConfigError, load, parse, render_reference, render_sample

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "deploy" / "homeroom.sample.toml"
REFERENCE = ROOT / "docs" / "config.md"


def problems(document: dict[str, object]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(document)
    return caught.value.problems


def test_the_sample_is_the_defaults() -> None:
    assert parse(tomllib.loads(SAMPLE.read_text("utf-8"))) == Config()


def test_the_sample_has_every_key_and_its_meaning() -> None:
    assert SAMPLE.read_text("utf-8") == render_sample(), "run `homeroom config sample > deploy/homeroom.sample.toml`"
    document = tomllib.loads(SAMPLE.read_text("utf-8"))
    for section, kind in typing.get_type_hints(Config).items():
        for field in dataclasses.fields(kind):
            assert field.name in document[section]
            assert field.metadata["doc"]


def test_the_reference_is_up_to_date() -> None:
    assert render_reference() in REFERENCE.read_text("utf-8"), "paste render_reference() under `Every key`"


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "homeroom.toml"
    file.write_text("")
    config = load(file)
    assert dataclasses.replace(config, server=dataclasses.replace(config.server, data_dir="data")) == Config()


def test_unknown_keys_are_refused_with_the_nearest_name() -> None:
    assert problems({"server": {"prot": 80}}) == ["unknown key server.prot; did you mean port?"]
    assert problems({"serverr": {}}) == ["unknown section [serverr]; did you mean server?"]
    assert problems({"live": {"xyzzy": 1}}) == ["unknown key live.xyzzy"]
    assert problems({"port": 80}) == ["unknown section [port]"]


def test_all_problems_are_told_at_once() -> None:
    found = problems({"server": {"port": "80", "hots": "x"}, "tls": {"mode": "file"}, "media": {"shards": 0}})
    assert found == [
        "server.port: must be a whole number, not '80'",
        "unknown key server.hots; did you mean host?",
        "tls.mode: must be one of auto, off, selfmade, files, acme, not 'file'; did you mean files?",
        "media.shards: must be from 1 to 64, not 0",
    ]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("server", "port", 65536),
        ("server", "port", True),
        ("server", "port", 80.5),
        ("server", "host", ""),
        ("server", "host", "http://x"),
        ("server", "bind", ["nowhere"]),
        ("server", "bind", "127.0.0.1"),
        ("server", "trusted_proxies", ["10.0.0.1/8"]),
        ("server", "public_url", "class.example.org"),
        ("server", "public_url", "https://class.example.org/"),
        ("server", "data_dir", ""),
        ("media", "announce_addresses", ["example.org"]),
        ("live", "grace_s", "60"),
        ("live", "away_after_s", 1.5),
        ("tls", "mode", "files"),
        ("tls", "mode", "acme"),
        ("tls", "key_file", "key.pem"),
        ("media", "port_first", 65536),
    ],
)
def test_one_over_the_bound_is_refused(section: str, key: str, value: object) -> None:
    assert len(problems({section: {key: value}})) == 1


def test_whole_numbers_are_numbers_too() -> None:
    assert parse({"live": {"grace_s": 30}}).live.grace_s == 30.0


def test_shards_must_fit_under_the_last_port() -> None:
    assert problems({"media": {"port_first": 65535, "shards": 2}}) == [
        "media.port_first + media.shards goes past port 65535"
    ]


def test_a_folder_too_deep_for_a_socket_is_said() -> None:
    fits = "/" + "d" * (107 - len("//run/media.sock"))
    assert parse({"server": {"data_dir": fits}}).link_address == f"unix:{fits}/run/media.sock"
    (problem,) = problems({"server": {"data_dir": fits + "d"}})
    assert "too long for a Unix socket" in problem
    assert parse({"server": {"data_dir": fits + "d"}, "link": {"address": "127.0.0.1:7000"}})


def test_relative_paths_count_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "homeroom.toml"
    file.write_text(
        '[server]\ndata_dir = "here"\n[tls]\nmode = "files"\ncertificate_file = "c.pem"\nkey_file = "/k.pem"\n'
    )
    config = load(file)
    assert config.folder.root == tmp_path / "here"
    assert config.tls.certificate_file == str(tmp_path / "c.pem")
    assert config.tls.key_file == "/k.pem"


def test_what_was_typed_wins(tmp_path: Path) -> None:
    file = tmp_path / "homeroom.toml"
    file.write_text("[server]\nport = 1\n")
    assert load(file, {"server": {"port": 2}}).server.port == 2


@pytest.mark.parametrize("text", ["[server", "\x00", "[server]\nport = 1\nport = 2"])
def test_what_is_not_toml_gets_a_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "homeroom.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="is not TOML"):
        load(file)


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "nowhere.toml")


@pytest.mark.parametrize(
    ("server", "tls", "mode", "url"),
    [
        ({}, {}, "off", "http://localhost:8080"),
        ({"host": "192.168.1.20"}, {}, "selfmade", "https://192.168.1.20:8080"),
        ({"host": "fd00::1", "port": 443}, {}, "selfmade", "https://[fd00::1]"),
        ({"host": "class.example.org"}, {"mode": "off"}, "off", "http://class.example.org:8080"),
        ({"host": "class.example.org", "port": 80}, {"mode": "off"}, "off", "http://class.example.org"),
        ({"host": "10.0.0.5", "public_url": "https://a.example"}, {}, "off", "https://a.example"),
        ({"host": "class.example.org", "port": 443}, {"mode": "acme"}, "acme", "https://class.example.org"),
    ],
)
def test_certificate_and_address_follow_from_the_host(
    server: dict[str, object], tls: dict[str, object], mode: str, url: str
) -> None:
    config = parse({"server": server, "tls": tls})
    assert config.tls_mode == mode
    assert config.base_url(config.server.port) == url


def test_secrets_come_from_the_environment_and_are_not_printed() -> None:
    secrets = secrets_from({"HOMEROOM_LINK_TOKEN": "swordfish", "HOMEROOM_ADMIN_TOKEN": "xyzzy"})
    assert secrets == Secrets("swordfish", "xyzzy")
    assert "swordfish" not in repr(secrets)
    assert not [key for key in render_sample().splitlines() if "token =" in key or "password =" in key]
