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
        "unix:/" + "x" * 106: Endpoint(path="/" + "x" * 106),
        "unix:relative": Endpoint(path="relative"),
        "unix:/with:colon [x]": Endpoint(path="/with:colon [x]"),
        "unix:/with,comma://x": Endpoint(path="/with,comma://x"),
        "tls:localhost:9443": Endpoint(host="localhost", port=9443, tls=True),
        "tls:[::1]:9443": Endpoint(host="::1", port=9443, tls=True),
        "tls:unix:/run/s": Endpoint(path="/run/s", tls=True),
        "TLS:9443": Endpoint(host="TLS", port=9443),
    }
    BAD = {
        "": "no port",
        "localhost": "no port",
        "9090": "no port",
        ":9090": "a client connects to one",
        "*:9090": "a client connects to one",
        "localhost:": "no port",
        "localhost:0": "nothing can listen on port 0",
        "localhost:65536": "port '65536' is no number",
        "localhost:-1": "port '-1' is no number",
        "localhost:+1": "is no number",
        "localhost: 1": "is no number",
        "localhost:http": "is no number",
        "localhost:\u0661": "is no number",
        "localhost:" + "9" * 5000: "is no number",
        "::1:9090": "goes in brackets",
        "a:b:1": "goes in brackets",
        "[::1]": "without ']'",
        "[::1]9090": "without ']'",
        "[::1:9090": "without ']'",
        "[]:9090": "no address between",
        "[[::1]]:9090": "no space",
        "http://localhost:9090": "leave http:// away",
        "http://localhost": "leave http:// away",
        "tls:https://[::1]:9090/": "leave https:// away",
        "localhost:9090,localhost:9390": "a comma: give each .* by itself",
        "[::1]:9090,[::1]:9390": "a comma: give each endpoint by itself",
        "tls:localhost:9443,unix:/s": "a comma: give each .* by itself",
        "a,b:9090": "a comma: give each endpoint by itself",
        "//localhost:9090": "no space",
        "local host:9090": "no space",
        "local\0host:9090": "no space",
        "tls:": "no port",
        "tls:9443": "no port",
        "tls::9443": "a client connects to one",
        "tls:localhost:0": "nothing can listen on port 0",
        "tls:unix:": "no path",
        "tls:tls:localhost:9443": "tls: stands there twice",
        "tls:localhost": "'tls:localhost': no port",
        "TLS:localhost:9443": "tls: is written in small letters",
        "Tls:[::1]:9443": "tls: is written in small letters",
        "tls:TLS:localhost:9443": "tls: is written in small letters",
        "unix:": "no path",
        "unix:/a\nb": "not printable",
        "unix:/a\0b": "not printable",
        "unix:/" + "x" * 107: "at most 107 bytes",
    }

    FORMS = (r"\Aendpoint .*write host:port, \[v6-address\]:port "
             r"or unix:/path, behind tls: for TLS\Z")

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
                self.assertRegex(str(caught.exception), self.FORMS)

    def test_only_text_is_an_endpoint(self):
        with self.assertRaisesRegex(UsageError, "is a string"):
            parse_endpoint(9090)
