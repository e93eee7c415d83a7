"""What all values on the link are made of."""

import msgspec


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all link values: frozen, unknown fields refused."""


class Layer(Struct, frozen=True):
    """One quality of a Track; 0 is lowest."""

    spatial: int
    temporal: int
