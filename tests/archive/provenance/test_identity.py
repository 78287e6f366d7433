"""Certificates and keys as users have them, and as they should not be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from fake_authority import DAY, NOW, Files, key_pem, write_identity, write_self_signed
from heliochrome.archive.provenance.identity import load_identity
from heliochrome.errors import CredentialsError


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: ec.generate_private_key(ec.SECP256R1()), "es256"),
        (lambda: ec.generate_private_key(ec.SECP384R1()), "es384"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "es512"),
        (ed25519.Ed25519PrivateKey.generate, "ed25519"),
        (lambda: rsa.generate_private_key(65537, 2048), "ps256"),
    ],
)
def test_the_algorithm_follows_from_the_key(
    make: Callable[[], Any], algorithm: str, tmp_path: Path
) -> None:
    files = write_identity(tmp_path, key=make())
    identity = load_identity(files.chain, files.key)
    assert identity.algorithm == algorithm
    assert identity.name == "Test archive's signer"


def test_an_encrypted_key_opens_with_its_passphrase(tmp_path: Path) -> None:
    files = write_identity(tmp_path, passphrase=b"sesame")
    identity = load_identity(files.chain, files.key, ask=lambda: "sesame")
    opened = serialization.load_pem_private_key(identity.key, None)
    assert isinstance(opened, ec.EllipticCurvePrivateKey)
    with pytest.raises(CredentialsError, match="does not open with this passphrase"):
        load_identity(files.chain, files.key, ask=lambda: "guess")
    with pytest.raises(CredentialsError, match="is encrypted"):
        load_identity(files.chain, files.key)


def test_the_key_is_in_no_message(tmp_path: Path) -> None:
    files = write_identity(tmp_path)
    assert "PRIVATE" not in repr(load_identity(files.chain, files.key))


def other_key(files: Files) -> None:
    files.key.write_bytes(key_pem(ec.generate_private_key(ec.SECP256R1())))


def reverse_chain(files: Files) -> None:
    end = b"-----END CERTIFICATE-----\n"
    first, second, _ = files.chain.read_bytes().split(end)
    files.chain.write_bytes(second + end + first + end)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: files.chain.unlink(), "chain.pem: cannot be read"),
        (lambda files: files.key.unlink(), "key.pem: cannot be read"),
        (lambda files: files.chain.write_text("hello"), "holds no certificates"),
        (lambda files: files.key.write_text("hello"), "is not a private key"),
        (other_key, "is not the key of"),
        (reverse_chain, "is signed by itself"),
    ],
)
def test_files_that_do_not_fit_are_told(
    spoil: Callable[[Files], None], said: str, tmp_path: Path
) -> None:
    files = write_identity(tmp_path)
    spoil(files)
    with pytest.raises(CredentialsError, match=said):
        load_identity(files.chain, files.key)


def test_certificates_that_prove_nothing_are_refused(tmp_path: Path) -> None:
    expired = write_identity(tmp_path, until=NOW - DAY)
    with pytest.raises(CredentialsError, match="is valid from"):
        load_identity(expired.chain, expired.key)
    alone = write_self_signed(tmp_path)
    with pytest.raises(CredentialsError, match="signed by itself"):
        load_identity(alone.chain, alone.key)


def test_weak_keys_and_odd_addresses_are_refused(tmp_path: Path) -> None:
    weak = write_identity(tmp_path, key=rsa.generate_private_key(65537, 1024))
    with pytest.raises(CredentialsError, match="does not sign with"):
        load_identity(weak.chain, weak.key)
    good = write_identity(tmp_path)
    with pytest.raises(CredentialsError, match="timestamp authority"):
        load_identity(good.chain, good.key, timestamp_authority="ftp://time")
