import unittest

from time_client import UsageError
from time_client._endpoint import Endpoint, parse_endpoint


class EndpointTest(unittest.TestCase):
    GOOD = {
        "localhost:9090": Endpoint(host="localhost", port=9090),
        "127.0.0.1:1": Endpoint(host="127.0.0.1", port=1),
        "[::1]:65535": Endpoint(host="::1", port=65535),
        "[fe80::1%eth0]:9090": Endpoint(host="fe80::1%eth0", port=9090),
        "unix:/run/time.sock": Endpoint(path="/run/time.sock"),
        "unix:relative": Endpoint(path="relative"),
        "unix:/with:colon [x]": Endpoint(path="/with:colon [x]"),
    }
    BAD = {
        "": "host and port",
        "localhost": "host and port",
        "9090": "host and port",
        ":9090": "host and port",
        "localhost:": "port must be",
        "localhost:0": "port must be",
        "localhost:65536": "port must be",
        "localhost:-1": "port must be",
        "localhost:+1": "port must be",
        "localhost: 1": "port must be",
        "localhost:http": "port must be",
        "localhost:\u0661": "port must be",
        "localhost:" + "9" * 5000: "port must be",
        "::1:9090": "needs brackets",
        "a:b:1": "needs brackets",
        "[::1]": "whole IPv6 address",
        "[::1]9090": "whole IPv6 address",
        "[::1:9090": "whole IPv6 address",
        "[localhost]:9090": "for an IPv6 address",
        "http://localhost:9090": "needs brackets",
        "//localhost:9090": "characters",
        "local host:9090": "characters",
        "local\0host:9090": "characters",
        "unix:": "printable path",
        "unix:/a\nb": "printable path",
        "unix:/a\0b": "printable path",
    }

    def test_good_endpoints_are_parsed_and_printed_back(self):
        for text, endpoint in self.GOOD.items():
            with self.subTest(text):
                self.assertEqual(parse_endpoint(text), endpoint)
                self.assertEqual(str(endpoint), text)

    def test_bad_endpoints_are_refused_with_the_reason(self):
        for text, reason in self.BAD.items():
            with self.subTest(text[:40]):
                with self.assertRaisesRegex(UsageError, reason) as caught:
                    parse_endpoint(text)
                self.assertNotIn("\n", str(caught.exception))

    def test_only_text_is_an_endpoint(self):
        with self.assertRaisesRegex(UsageError, "is a string"):
            parse_endpoint(9090)
