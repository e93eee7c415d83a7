"""How a load test ends early. Each is one sentence for a person."""


class LoadtestError(Exception):
    """The run cannot begin or go on."""


class BadScenario(LoadtestError):
    """The scenario file is wrong."""


class NotAllowed(LoadtestError):
    """The server does not hold the token, or not this one."""


class Missing(LoadtestError):
    """Something that the tool needs is not there."""
