"""A certificate authority of our own, for the tests of Content Credentials."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
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


_CLOCK = """
[clock]
serial = {folder}/serial
signer_cert = {chain}
certs = {chain}
signer_key = {key}
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
"""


@contextmanager
def timestamp_authority(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run an RFC 3161 service on this machine; gives its URL and its authority's certificate."""
    files = write_identity(folder, name="Clock", purpose=ExtendedKeyUsageOID.TIME_STAMPING)
    (folder / "serial").write_text("01")
    (folder / "clock.cnf").write_text(
        _CLOCK.format(folder=folder, chain=files.chain, key=files.key)
    )

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = folder / "query.tsq"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = ["openssl", "ts", "-reply", "-section", "clock"]
            command += ["-config", str(folder / "clock.cnf"), "-queryfile", str(query)]
            reply = subprocess.run(command, capture_output=True, check=True).stdout
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", files.anchors
        finally:
            server.shutdown()
            thread.join()


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
        .add_extension(
            x509.ExtendedKeyUsage([purpose]), critical=purpose == ExtendedKeyUsageOID.TIME_STAMPING
        )
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
