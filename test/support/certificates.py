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

import os
import subprocess
import sys
import tempfile
from typing import Sequence

_HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1"
_PASSWORD = "secret"


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {done.stderr.strip()}")


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

    def signed(name: str, by: str, extensions: str, days: str = "3650", key_file: str = "",
               subject: str = "") -> None:
        with tempfile.TemporaryDirectory() as scratch:
            request, config = os.path.join(scratch, "request"), os.path.join(scratch, "extensions")
            with open(config, "w", encoding="ascii") as file:
                file.write(extensions + "\n")
            _openssl("req", "-new", "-key", key_file or key(name), "-subj", f"/CN={subject or name}", "-out",
                     request)
            _openssl("x509", "-req", "-in", request, "-CA", path(by + ".pem"), "-CAkey", path(by + ".key"),
                     "-CAserial", os.path.join(scratch, "serial"), "-CAcreateserial", "-days", days,
                     "-extfile", config, "-out", path(name + ".pem"))

    root("ca")
    root("other-ca")
    signed("server", "ca", _HERE)
    signed("renewed", "ca", _HERE)
    signed("server-ec", "ca", _HERE, key_file=key("server-ec", ("-algorithm", "EC", "-pkeyopt",
                                                                "ec_paramgen_curve:P-256")))
    signed("expired", "ca", _HERE, days="-1")
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
