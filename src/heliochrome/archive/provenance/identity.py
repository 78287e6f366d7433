"""Who signs: the certificate chain and the private key of a user, read from PEM files.

Nothing of them is kept: they are in memory while pictures are signed, and in no file of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

from heliochrome.errors import CredentialsError

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_LEAST_RSA_BITS = 2048
_CHAIN_REMEDY = "give the signer's certificate first, then those that vouch for it, as PEM"
_KEY_REMEDY = "give the key of the chain's first certificate, as PEM"


@dataclass(frozen=True, slots=True)
class Identity:
    """What Content Credentials are signed with.

    Attributes:
        chain: certificates in PEM, the signer's first.
        key: its private key, PKCS #8 in PEM, not encrypted.
        algorithm: of the signature, as C2PA names it.
        name: of the signer, for people.
        timestamp_authority: URL of an RFC 3161 service that confirms the time; None for none.

    """

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str
    name: str
    timestamp_authority: str | None = None


def load_identity(
    chain: Path,
    key: Path,
    *,
    timestamp_authority: str | None = None,
    ask: Callable[[], str] | None = None,
) -> Identity:
    """Read a certificate chain and its key, and check that they can sign.

    Args:
        chain: PEM file of certificates, the signer's first.
        key: PEM file of its private key.
        timestamp_authority: URL, http or https.
        ask: gives the passphrase where the key is encrypted; None to refuse such keys.

    Raises:
        CredentialsError: a file cannot be read or is of another kind, the two do not belong
            together, or the certificate is expired or signed by itself.

    """
    url = timestamp_authority
    if url is not None and not url.startswith(("https://", "http://")):
        raise CredentialsError(
            url, "is not the URL of a timestamp authority", "start it with https"
        )
    pem = _read(chain, _CHAIN_REMEDY)
    certificate = _signer(chain, pem)
    private = _private_key(key, ask)
    if _public_bytes(private.public_key()) != _public_bytes(certificate.public_key()):
        raise CredentialsError(key, f"is not the key of {chain}'s first certificate", _KEY_REMEDY)
    plain = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Identity(pem, plain, _algorithm(key, private), _name(certificate), url)


def _read(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CredentialsError(path, f"cannot be read ({error.strerror})", remedy) from error


def _signer(path: Path, pem: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificates(pem)[0]
    except ValueError as error:
        raise CredentialsError(path, "holds no certificates in PEM", _CHAIN_REMEDY) from error
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        raise CredentialsError(
            path,
            f"is valid from {since:%Y-%m-%d} to {until:%Y-%m-%d} only",
            "ask its authority for a new one",
        )
    if certificate.issuer == certificate.subject:
        raise CredentialsError(
            path,
            "is signed by itself, which C2PA does not allow",
            "have a certificate authority sign it, your own or a public one",
        )
    return certificate


def _private_key(path: Path, ask: Callable[[], str] | None) -> PrivateKeyTypes:
    pem = _read(path, _KEY_REMEDY)
    try:
        return _parse(pem, None)
    except TypeError as error:  # how `cryptography` says that a key is encrypted
        if ask is None:
            raise CredentialsError(
                path, "is encrypted", "run this where the passphrase can be asked for"
            ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CredentialsError(path, "is not a private key in PEM", _KEY_REMEDY) from error
    try:
        return _parse(pem, ask().encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CredentialsError(path, "does not open with this passphrase", "try again") from error


def _parse(pem: bytes, passphrase: bytes | None) -> PrivateKeyTypes:
    return serialization.load_pem_private_key(pem, passphrase)


def _algorithm(path: Path, key: PrivateKeyTypes) -> str:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _LEAST_RSA_BITS:
        return "ps256"
    raise CredentialsError(
        path,
        "is of a kind that C2PA does not sign with",
        f"use P-256, P-384, P-521, Ed25519, or RSA of at least {_LEAST_RSA_BITS} bits",
    )


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _name(certificate: x509.Certificate) -> str:
    common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else certificate.subject.rfc4514_string()
