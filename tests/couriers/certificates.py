"""Certificates for servers under test: one that is right, and the ways to be wrong."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NAME = "mail.test"


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own; `ca_file` is what clients would trust."""

    folder: Path
    ca_file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def server_context(self, kind: str) -> ssl.SSLContext:
        """Return a server's TLS with a certificate that is `good`, `expired`, `other_name`
        or `self_signed`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{kind}.pem")
        return context


def found_authority(folder: Path) -> Authority:
    """Make an authority and one certificate of each kind in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("Test authority", key, "Test authority", key, authority=True)
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    authority = Authority(folder, ca_file, key, certificate)
    for kind, name, age in (
        ("good", NAME, timedelta(days=1)),
        ("expired", NAME, timedelta(days=400)),
        ("other_name", "mail.elsewhere.test", timedelta(days=1)),
    ):
        own = ec.generate_private_key(ec.SECP256R1())
        _keep(folder / f"{kind}.pem", own, _certificate(name, own, "Test authority", key, age=age))
    own = ec.generate_private_key(ec.SECP256R1())
    _keep(folder / "self_signed.pem", own, _certificate(NAME, own, NAME, own))
    return authority


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
    age: timedelta = timedelta(days=1),
) -> x509.Certificate:
    begin = datetime.now(UTC) - age
    builder = (
        x509.CertificateBuilder()
        .subject_name(_called(name))
        .issuer_name(_called(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _keep(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
