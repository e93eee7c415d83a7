"""What the media process is told at start. Made by the command line from the config file and the environment."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """All of it; nothing is read from files or the environment here."""

    link_address: str
    """`unix:/path/to.sock` or `host:port` to listen on for control."""

    link_token: str = field(repr=False)
    """What control must show. Never logged."""

    node: str = "local"
    shards: int = 1
    port_first: int = 0
    """First UDP port, one per shard; 0: any free ones."""

    bind_addresses: tuple[str, ...] = ()
    """Empty: all interfaces, both families."""

    announce_addresses: tuple[str, ...] = ()
    """What browsers are told. Empty: every address of this machine that is bound."""

    log_level: str = "info"
    """For a process that has no logging of its own yet."""
