"""A certificate of 127.0.0.1 for a check, made by the openssl command."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

from matrix_answer import Missing


class OwnCertificate:
    """Signed by itself: it is the root as well. Its files end with it."""

    def __enter__(self) -> OwnCertificate:
        self._folder = tempfile.TemporaryDirectory(prefix="matrix-")
        self.certificate = os.path.join(self._folder.name, "certificate.pem")
        self.key = os.path.join(self._folder.name, "key.pem")
        if shutil.which("openssl") is None:
            raise Missing("no openssl")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=localhost",
             "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key, "-out", self.certificate],
            check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=15)
        return self

    def __exit__(self, *exception: object) -> None:
        self._folder.cleanup()
