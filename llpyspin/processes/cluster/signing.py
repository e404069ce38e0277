"""TLS certificates of one cluster: an authority, and the certificates that it signs."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from llpyspin.errors import CertificateError
from llpyspin.extras import library

__all__ = ["Authority", "Pair", "expiry_of"]

WHAT = "TLS certificates"
EARLIER = datetime.timedelta(days=1)
"""Before the present: the clocks of the other computers may be late."""


class Pair(NamedTuple):
    """A certificate and its private key, as PEM."""

    certificate: bytes
    key: bytes


class Authority:
    """Signs certificates, which all computers of the cluster accept.

    Parameters
    ----------
    pair : Pair
        Its own certificate and key.

    Raises
    ------
    CertificateError
        They cannot be read, or do not belong together.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._certificate = _read(pair.certificate)
        self._key = _read_key(pair.key)
        if self._key.public_key() != self._certificate.public_key():
            raise CertificateError("the certificate and the key of the authority do not belong together")

    @classmethod
    def new(cls, days: int) -> Authority:
        """One that signs itself."""
        name, key = "llpyspin authority", _new_key()
        builder = _builder(name, key.public_key(), _in_days(days))
        builder = builder.issuer_name(_named(name))
        identifier = _x509().SubjectKeyIdentifier.from_public_key(key.public_key())
        signed = _signed(builder, key, identifier, may_sign=True)
        return cls(_pair(signed, key))

    @property
    def expires(self) -> datetime.datetime:
        return _expiry(self._certificate)

    def sign(self, name: str, days: int) -> Pair:
        """A new key and its certificate, which ends with the authority's at the latest."""
        x509, key = _x509(), _new_key()
        builder = _builder(name, key.public_key(), min(_in_days(days), self.expires))
        builder = builder.issuer_name(self._certificate.subject)
        usages = library("cryptography.x509.oid", WHAT, extra="cluster").ExtendedKeyUsageOID
        both = x509.ExtendedKeyUsage([usages.SERVER_AUTH, usages.CLIENT_AUTH])
        builder = builder.add_extension(both, critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        identifier = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return _pair(_signed(builder, self._key, identifier, may_sign=False), key)

    def has_signed(self, certificate: bytes) -> bool:
        """Whether a certificate is one of its own.

        Raises
        ------
        CertificateError
            It cannot be read.
        """
        read = _read(certificate)
        wrong = library("cryptography.exceptions", WHAT, extra="cluster").InvalidSignature
        try:
            read.verify_directly_issued_by(self._certificate)
        except (ValueError, TypeError, wrong):
            return False
        return True


def expiry_of(certificate: bytes) -> datetime.datetime:
    """When a certificate ends, UTC.

    Raises
    ------
    CertificateError
        It cannot be read.
    """
    return _expiry(_read(certificate))


def _expiry(certificate: Any) -> datetime.datetime:
    ends: datetime.datetime = certificate.not_valid_after_utc
    return ends


def _x509() -> Any:
    return library("cryptography.x509", WHAT, extra="cluster")


def _primitives(name: str) -> Any:
    return library(f"cryptography.hazmat.primitives.{name}", WHAT, extra="cluster")


def _read(pem: bytes) -> Any:
    try:
        return _x509().load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CertificateError(f"this is no certificate: {error}") from error


def _read_key(pem: bytes) -> Any:
    try:
        return _primitives("serialization").load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise CertificateError(f"this is no private key without a password: {error}") from error


def _new_key() -> Any:
    curves = _primitives("asymmetric.ec")
    return curves.generate_private_key(curves.SECP256R1())


def _named(name: str) -> Any:
    x509 = _x509()
    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])


def _in_days(days: int) -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)


def _builder(name: str, key: Any, ends: datetime.datetime) -> Any:
    x509 = _x509()
    builder = x509.CertificateBuilder().subject_name(_named(name)).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime.datetime.now(datetime.timezone.utc) - EARLIER)
    builder = builder.not_valid_after(ends)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _signed(builder: Any, key: Any, identifier: Any, *, may_sign: bool) -> Any:
    """With what strict readers, such as Python's since 3.13, ask for."""
    x509 = _x509()
    constraints = x509.BasicConstraints(ca=may_sign, path_length=0 if may_sign else None)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "encipher_only", "decipher_only"),
        False,
    )
    usages = x509.KeyUsage(
        **usage, digital_signature=True, key_agreement=not may_sign, key_cert_sign=may_sign, crl_sign=may_sign
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    builder = builder.add_extension(constraints, critical=True).add_extension(usages, critical=True)
    return builder.add_extension(issuer, critical=False).sign(key, _primitives("hashes").SHA256())


def _pair(certificate: Any, key: Any) -> Pair:
    forms = _primitives("serialization")
    private = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    return Pair(certificate.public_bytes(forms.Encoding.PEM), private)
