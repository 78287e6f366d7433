"""A certificate authority of our own, for the tests of Content Credentials."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Files:
    """What a signer has: chain and key; and what a reader has: the authority."""

    chain: Path
    key: Path
    anchors: Path


def write_identity(
    folder: Path,
    *,
    key: Any = None,
    name: str = "Test archive's signer",
    until: datetime = NOW + 10 * DAY,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    passphrase: bytes | None = None,
) -> Files:
    """Make an authority and a signer that it vouches for, as PEM files."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key = ec.generate_private_key(ec.SECP256R1())
    own_key = key or ec.generate_private_key(ec.SECP256R1())
    root = _authority(root_key)
    leaf = (
        _certificate(name, root.subject, own_key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
            critical=False,
        )
        .sign(root_key, hashes.SHA256())
    )
    files = Files(folder / "chain.pem", folder / "key.pem", folder / "authority.pem")
    files.chain.write_bytes(_pem(leaf) + _pem(root))
    files.anchors.write_bytes(_pem(root))
    files.key.write_bytes(key_pem(own_key, passphrase))
    return files


def write_self_signed(folder: Path) -> Files:
    """Make a signer that nobody else vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    files = Files(folder / "self.pem", folder / "self.key.pem", folder / "self.pem")
    files.chain.write_bytes(_pem(_authority(key)))
    files.key.write_bytes(key_pem(key))
    return files


def key_pem(key: Any, passphrase: bytes | None = None) -> bytes:
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase is not None:
        protection = serialization.BestAvailableEncryption(passphrase)
    encoded: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )
    return encoded


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    subject = _name("Test authority")
    return (
        _certificate("Test authority", subject, key.public_key(), NOW + 30 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _certificate(
    name: str, issuer: x509.Name, key: Any, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(NOW, until) - DAY)
        .not_valid_after(until)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test archive"),
        ]
    )


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
