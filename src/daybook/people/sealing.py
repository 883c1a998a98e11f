"""Passwords of mail accounts, sealed so that the database alone gives nothing away.

AES-256-GCM with a random nonce. The sealed text is bound to its owner and field: a value copied
into another row cannot be opened there. The keys lie beside the database, in a file of lines
"id key"; the first seals, all open, so keys can change while mail goes out.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from daybook import configuration

_VERSION = b"\x01"
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_SHORTEST = len(_VERSION) + _KEY_ID_BYTES + _NONCE_BYTES + 16


class SealBroken(Exception):  # noqa: N818 - the word callers know it by
    """A sealed value cannot be opened: the key is gone, or the value is not this row's own.

    Whoever meets it puts the account on hold; the password has to be typed again.
    """


def seal(text: str, *, owner: str, field: str) -> bytes:
    """Return `text` sealed with the newest key for this `field` of this `owner`."""
    key_id, key = _keys(make=True)[0]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    bound_to = _bound_to(owner, field, key_id)
    return _VERSION + key_id + nonce + AESGCM(key).encrypt(nonce, text.encode(), bound_to)


def unseal(sealed: bytes | memoryview[int], *, owner: str, field: str) -> str:
    """Return what `seal` was given for the same `owner` and `field`. Raises SealBroken."""
    sealed = bytes(sealed)  # PostgreSQL hands out a memoryview
    if len(sealed) < _SHORTEST or sealed[:1] != _VERSION:
        raise SealBroken("this is not a sealed value")
    key_id, rest = sealed[1 : 1 + _KEY_ID_BYTES], sealed[1 + _KEY_ID_BYTES :]
    key = dict(_keys()).get(key_id)
    if key is None:
        raise SealBroken(f"the key {key_id.hex()} is not among the keys")
    nonce, closed = rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, closed, _bound_to(owner, field, key_id)).decode()
    except InvalidTag:
        raise SealBroken("the value was altered, or sealed for another row or field") from None


def is_current(sealed: bytes | memoryview[int]) -> bool:
    """Return whether `sealed` was made with the key that seals now."""
    return bytes(sealed)[1 : 1 + _KEY_ID_BYTES] == _keys(make=True)[0][0]


def add_key() -> str:
    """Put a new key in front of the list and return its id; `rotation.rotate` does the rest."""
    _keys(make=True)
    path, line = key_file(), _new_line()
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(line + path.read_text())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return line.split()[0]


def key_file() -> Path:
    """Return where the keys are, outside the database."""
    data: Path = settings.DAYBOOK.data
    return data / "keys" / "seal.keys"


def _keys(*, make: bool = False) -> list[tuple[bytes, bytes]]:
    """Return (id, key) pairs, newest first. Raises SealBroken if the file is gone or damaged.

    Read each time: a key added by another process counts at once, and it is a small file.
    """
    path = key_file()
    if make and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        configuration.create_once(path, _new_line())
    try:
        pairs = [line.split() for line in path.read_text().splitlines() if line.strip()]
        keys = [(bytes.fromhex(key_id), base64.b64decode(key)) for key_id, key in pairs]
    except (OSError, ValueError, binascii.Error) as fault:
        raise SealBroken(f"{path} cannot be read: {fault}") from fault
    if not keys or any(len(i) != _KEY_ID_BYTES or len(key) != 32 for i, key in keys):
        raise SealBroken(f"{path} is not a list of keys")
    return keys


def _new_line() -> str:
    key = base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()
    return f"{secrets.token_hex(_KEY_ID_BYTES)} {key}\n"


def _bound_to(owner: str, field: str, key_id: bytes) -> bytes:
    return "\0".join((owner, field, key_id.hex())).encode()
