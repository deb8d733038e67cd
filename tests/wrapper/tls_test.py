"""The exporter is proven before it is told anything."""
import shutil
import ssl
import subprocess
import tempfile
import unittest
from pathlib import Path

from case import Case


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        cls.certs = tempfile.mkdtemp(prefix="batchslo-run-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.certs)
        cls.ca, cls.other_ca = cls.authority("ca"), cls.authority("other")
        cls.good, cls.elsewhere = cls.certificate("good", "DNS:localhost,IP:127.0.0.1"), cls.certificate("elsewhere", "DNS:elsewhere.example")

    @classmethod
    def openssl(cls, *words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=cls.certs)

    @classmethod
    def authority(cls, name):
        cls.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".pem",
                    "-subj", "/CN=" + name, "-days", "2", "-addext", "keyUsage=keyCertSign")
        return str(Path(cls.certs, name + ".pem"))

    @classmethod
    def certificate(cls, name, names):
        Path(cls.certs, name + ".ext").write_text("subjectAltName=" + names)
        cls.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=x")
        cls.openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-out", name + ".pem",
                    "-extfile", name + ".ext")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(Path(cls.certs, name + ".pem"), Path(cls.certs, name + ".key"))
        return context

    def test_a_proven_server_gets_the_events(self):
        exporter = self.exporter(tls=self.good)
        for number, host in enumerate(("127.0.0.1", "localhost"), 1):
            done = self.run_job(f"https://{host}:{exporter.port}", "true", flags=["--ca-file", self.ca])
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            exporter.wait(2 * number)
        done = self.run_job(exporter, "true", env=self.environment(SSL_CERT_FILE=self.ca))
        self.assertEqual(done.stderr, b"")
        exporter.wait(6)

    def test_another_gets_nothing(self):
        rows = [(self.good, self.other_ca, b"certificate"), (self.elsewhere, self.ca, b"mismatch"), (self.good, None, b"certificate"),
                (self.good, "/no/such.pem", b"/no/such.pem")]
        for tls, ca, hint in rows:
            exporter = self.exporter(tls=tls)
            done = self.run_job(exporter, "true", flags=["--ca-file", ca] if ca else [])
            self.assertEqual(done.returncode, 0)
            self.assertIn(hint, done.stderr)
            self.assertEqual((exporter.events, bool(self.spooled())), ([], True))


if __name__ == "__main__":
    unittest.main()
