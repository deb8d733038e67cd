"""A daemon on a BigQuery of others, with tokens of the Google of our own."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "common"))
from fake import Google  # noqa: E402
from peer import PeerTest  # noqa: E402


class SourceTest(PeerTest):
    def setUp(self):
        super().setUp()
        self.google = Google()
        self.addCleanup(self.google.close)

    def start(self, jobs, endpoint, credentials=None, env=None, more=""):
        """A daemon that polls often; `credentials`: what the file holds, False: there is none."""
        file = ""
        if credentials is not False:
            file = ", credentials: {file: %s}" % self.write("google.json", json.dumps(credentials or self.google.key_file()))
        config = "sources:\n  dwh: {bigquery: {project: p, endpoint: '%s'%s%s}, poll_interval: 300ms, timeout: 5s}\njobs:\n%s" % (endpoint, file, more, jobs)
        clean = {"GOOGLE_APPLICATION_CREDENTIALS": "", "CLOUDSDK_CONFIG": self.folder, "GCE_METADATA_HOST": "127.0.0.1:1"}
        return self.daemon(config, env={**clean, **(env or {})})

    def report(self, daemon):
        return daemon.request("/api/v1/sources").json["data"][0]

    def wait_error(self, daemon, text):
        return daemon.wait_for(lambda: text in (self.report(daemon)["error"] or ""), "an error with " + text)
