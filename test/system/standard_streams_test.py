"""A server whose standard streams are closed sends what it prints and logs to nobody.

    TIME_SERVER=build/release/time-server python3 standard_streams_test.py
"""

import os
import subprocess
import tempfile

from system_test import PATIENCE_S, SystemTest, main


class StandardStreamsTest(SystemTest):
    def test_closed_streams_are_no_socket_of_a_client(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "s")
            process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-', os.environ["TIME_SERVER"],
                                        f"--listen=unix:{path}", "--log-level=debug"])
            try:
                self.eventually(lambda: os.path.exists(path))
                streams = [os.readlink(f"/proc/{process.pid}/fd/{fd}") for fd in range(3)]
            finally:
                process.terminate()
                code = process.wait(PATIENCE_S)
        self.assertEqual((streams, code), (["/dev/null"] * 3, 0))


if __name__ == "__main__":
    main()
