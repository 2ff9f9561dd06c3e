"""Certificates for tests of TLS, made with the openssl command, which must be there.

    python3 certificates.py FOLDER

writes PEM files into the folder, each NAME.pem with a NAME.key:

    ca            a root; other-ca: another one, which signs "stranger" and "impostor"
    server        of localhost, 127.0.0.1 and ::1; renewed: the same, of a later making
    server-ec     the same, with an elliptic key
    expired       of localhost, ended yesterday
    wrong-name    of elsewhere.example
    no-names      of localhost by its subject alone, which names no server
    impostor      of localhost, signed by other-ca
    client        of a client; stranger: of one that other-ca has signed
    locked        the key of server behind a password, beside its certificate
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import tempfile
from typing import Sequence

_HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
_PASSWORD = "secret"
_YEARS = 10 * 365
# Of the command that signs, which takes a validity of the past in every version of OpenSSL.
_AUTHORITY = """[ca]
default_ca = tests
[tests]
database = {folder}/issued
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = names
[names]
commonName = supplied
"""
_KEYS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.strip()}")


def _date(days: int) -> str:
    """So many days from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).strftime("%Y%m%d%H%M%SZ")


def make(folder: str) -> str:
    """Writes them all; the folder. Throws RuntimeError, or OSError without openssl."""
    os.makedirs(folder, exist_ok=True)

    def path(name: str) -> str:
        return os.path.join(folder, name)

    def key(name: str, kind: Sequence[str] = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")) -> str:
        _openssl("genpkey", *kind, "-out", path(name + ".key"))
        return path(name + ".key")

    def root(name: str) -> None:
        _openssl("req", "-x509", "-new", "-key", key(name), "-subj", f"/CN=test {name}", "-days", "3650",
                 "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign",
                 "-out", path(name + ".pem"))

    def signed(name: str, by: str, extensions: str, days: int = _YEARS, key_file: str = "",
               subject: str = "") -> None:
        with tempfile.TemporaryDirectory() as scratch:
            def written(file_name: str, text: str) -> str:
                with open(os.path.join(scratch, file_name), "w", encoding="ascii") as file:
                    file.write(text)
                return file.name

            request = os.path.join(scratch, "request")
            config = written("authority", _AUTHORITY.format(folder=scratch))
            written("issued", "")
            _openssl("req", "-new", "-key", key_file or key(name), "-subj", f"/CN={subject or name}", "-out",
                     request)
            _openssl("ca", "-batch", "-notext", "-rand_serial", "-config", config, "-in", request,
                     "-cert", path(by + ".pem"), "-keyfile", path(by + ".key"),
                     "-startdate", _date(min(0, 2 * days)), "-enddate", _date(days),
                     "-extfile", written("extensions", _KEYS + extensions + "\n"), "-out", path(name + ".pem"))

    root("ca")
    root("other-ca")
    # Some clients look for the name in the subject alone, such as Apache's under Python 3.13.
    signed("server", "ca", _HERE, subject="localhost")
    signed("renewed", "ca", _HERE)
    signed("server-ec", "ca", _HERE, key_file=key("server-ec", ("-algorithm", "EC", "-pkeyopt",
                                                                "ec_paramgen_curve:P-256")))
    signed("expired", "ca", _HERE, days=-1)
    signed("wrong-name", "ca", "subjectAltName=DNS:elsewhere.example")
    signed("no-names", "ca", "extendedKeyUsage=serverAuth", subject="localhost")
    signed("impostor", "other-ca", _HERE)
    signed("client", "ca", "extendedKeyUsage=clientAuth")
    signed("stranger", "other-ca", "extendedKeyUsage=clientAuth")
    _openssl("pkey", "-in", path("server.key"), "-aes256", "-passout", f"pass:{_PASSWORD}", "-out",
             path("locked.key"))
    with open(path("server.pem"), "rb") as source, open(path("locked.pem"), "wb") as copy:
        copy.write(source.read())
    return folder


if __name__ == "__main__":
    make(sys.argv[1])
