#!/usr/bin/env python3
"""The real binary gets its tokens from mock-oauth2-server, which reads forms and assertions as servers do, but believes any
signature: PyJWT verifies the one that was sent.
"""
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import packages  # noqa: E402

if __name__ == "__main__":
    packages.tester()

import urllib.parse  # noqa: E402

import jwt  # noqa: E402
from case import SourceTest  # noqa: E402
from fake import AUDIENCE, EMAIL, SCOPE, milliseconds  # noqa: E402
from peer import main  # noqa: E402
from servers import OAUTH, Front, oauth  # noqa: E402

JOBS = "  a: {output: dwh/d.items, within: 1h}\n"


class Oauth(SourceTest):
    def setUp(self):
        super().setUp()
        process, url = oauth(self.folder)
        self.addCleanup(process.stop)
        self.front = Front(url, lambda *_: None)
        self.addCleanup(self.front.close)
        self.token_url = self.front.url + "/google/token"
        self.google.tables["d.items"] = {"lastModifiedTime": milliseconds(time.time()), "numRows": "1"}
        table = {"type": "TABLE", **self.google.tables["d.items"]}
        self.bigquery = Front("", lambda method, path, body: (200, table))  # takes any token
        self.addCleanup(self.bigquery.close)

    def begin(self, credentials):
        return self.start(JOBS, self.bigquery.url, {**credentials, "token_uri": self.token_url}, more=", metadata_only: true")

    def test_an_assertion_that_it_takes_is_signed_by_the_key(self):
        daemon = self.begin(self.google.key_file())
        daemon.wait_state("a", "met")
        form = dict(urllib.parse.parse_qsl(self.front.asked[0][2].decode(), strict_parsing=True))
        claims = jwt.decode(form["assertion"], self.google.key.public_key(), algorithms=["RS256"], audience=AUDIENCE, issuer=EMAIL)
        self.assertEqual(claims["scope"], SCOPE)
        bearer = self.bigquery.asked[0][3]["Authorization"].removeprefix("Bearer ")
        self.assertTrue(jwt.decode(bearer, options={"verify_signature": False})["iss"].endswith("/google"), "the token is the server's own")
        self.assertEqual(len(self.front.asked), 1)
        self.assert_nowhere("eyJ", daemon)

    def test_a_refresh_token_that_it_does_not_know_is_told(self):
        daemon = self.begin(self.google.user_file())
        self.wait_error(daemon, "gcloud auth application-default login")
        self.assertEqual(self.bigquery.asked, [])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as first:
        found = oauth(first)
        if not found:
            print("SKIP mock-oauth2-server: it wants java and mvn")
            sys.exit(0)
        found[0].stop()
    main("mock-oauth2-server", OAUTH)
