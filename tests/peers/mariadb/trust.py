"""Whom it trusts: TLS, and what it keeps from a server that it did not verify."""
import itertools
import subprocess

from case import OURS, MariadbTest
from peer import Authority
from rogue import EOF, LOCAL_FILES, MANY_STATEMENTS, PREPARE, SCRAMBLE, SELECT, Rogue, column, prepared
from server import PASSWORD


def openssl(*arguments, input=None):
    return subprocess.run(["openssl", *arguments], input=input, check=True, capture_output=True).stdout


class Tls(MariadbTest):
    JOBS = "  a: {output: db/items, within: 1h}\n"

    def connections(self):
        return self.sql("select count(*) " + OURS)

    def test_a_certificate_of_our_own_authority_is_trusted(self):
        self.server.sql("alter user slo@'%' require ssl")
        self.addCleanup(lambda: self.server.sql("alter user slo@'%' require none"))
        daemon = self.verified(self.server.authority, "localhost")
        daemon.wait_state("a", "met")
        self.assert_nowhere(PASSWORD, daemon)

    def test_a_local_server_is_asked_for_tls_and_need_not_have_it(self):
        self.server.sql("alter user slo@'%' require ssl")
        self.addCleanup(lambda: self.server.sql("alter user slo@'%' require none"))
        self.items()
        daemon = self.start(self.JOBS)
        daemon.wait_state("a", "met")
        daemon.stop()
        daemon = self.start(self.JOBS, self.server.url(self.database, parameters="?sslmode=disable"))
        self.wait_error(daemon, "Access denied")

    def test_a_certificate_of_ours_is_shown(self):
        self.server.sql("alter user slo@'%' require x509")
        self.addCleanup(lambda: self.server.sql("alter user slo@'%' require none"))
        certificate = "&sslcert=%s&sslkey=%s" % self.server.authority.issue("client", "slo")
        self.verified(self.server.authority, "localhost", "?sslmode=verify-full" + certificate).wait_state("a", "met")

    def test_nothing_but_the_configuration_counts(self):
        """Neither the files nor the environment of MySQL's own programs."""
        self.write(".my.cnf", "[client]\nssl-verify-server-cert = 0\nuser = root\npassword = x\nport = 1\n")
        daemon = self.start(self.JOBS, self.server.url(self.database, user="nobody"),
                            env={"HOME": self.folder, "MYSQL_HOME": self.folder, "MYSQL_PWD": PASSWORD, "MYSQL_TCP_PORT": "1", "USER": "slo"})
        self.wait_error(daemon, "Access denied for user 'nobody'")
        daemon.stop()
        daemon = self.daemon("sources: {db: {sql: {url: '%s'}}}" % self.server.url(self.database), env={"MYSQL_PWD": PASSWORD})
        self.wait_error(daemon, "using password: NO")

    def test_a_certificate_of_another_authority_is_refused(self):
        daemon = self.verified(Authority(self.folder, "stranger"), "localhost")
        self.wait_error(daemon, "certificate")
        self.assertEqual(self.connections(), "0")
        self.assert_nowhere(PASSWORD, daemon)

    def test_a_certificate_for_another_host_is_refused(self):
        daemon = self.verified(self.server.authority, "127.0.0.1")
        self.wait_error(daemon, "Validation of SSL server certificate failed", "a certificate that names the host")
        self.assertEqual(self.connections(), "0")
        self.assert_nowhere(PASSWORD, daemon)

    def test_a_host_that_is_not_local_is_verified_without_being_asked(self):
        """2130706433 is 127.0.0.1, but nothing that looks local."""
        daemon = self.verified(self.server.authority, "2130706433", "")
        self.wait_error(daemon, "Validation of SSL server certificate failed")

    def test_a_server_without_tls_is_refused(self):
        self.server.stop()
        self.server.start("--skip-ssl")
        self.addCleanup(self.server.stop)
        daemon = self.verified(self.server.authority, "localhost")
        self.wait_error(daemon, "SSL is required, but the server does not support it")
        self.assertEqual(self.connections(), "0")
        daemon.stop()
        daemon = self.start(self.JOBS)
        daemon.wait_state("a", "met")


class Rogues(MariadbTest):
    """Servers that were not verified, for they seemed local."""

    def meet(self, rogue, parameters="", most_memory=None):
        with rogue:
            daemon = self.start("  a: {output: db/items, within: 1h}\n", "mysql://slo@127.0.0.1:%d/x%s" % (rogue.port, parameters))
            error = self.wait_error(daemon)
            daemon.wait_for(lambda: rogue.asked > 1, "it asks again")
            if most_memory:
                with open("/proc/%d/status" % daemon.process.pid) as status:
                    self.assertLess(int(status.read().split("VmHWM:")[1].split()[0]) << 10, most_memory)
            self.assertEqual(daemon.stop(), 0)
        self.assertIn(b"slo\0", rogue.heard)
        self.assertNotIn(PASSWORD.encode(), rogue.heard)
        return error

    def test_none_gets_a_file_of_ours(self):
        self.meet(rogue := Rogue(ask_for=self.write("secret", "canary-of-a-file")))
        self.assertNotIn(b"canary", rogue.heard)
        self.assertEqual(int.from_bytes(rogue.heard[:4], "little") & (LOCAL_FILES | MANY_STATEMENTS), 0)

    def test_none_gets_the_password_itself(self):
        """The library takes TLS that it asked for and did not get for TLS, and so would send it in clear text."""
        for plugin in ("mysql_clear_password", "dialog", "caching_sha2_password", "sha256_password"):
            with self.subTest(plugin):
                self.assertIn("safe only where it is verified", self.meet(Rogue(switch_to=plugin)))

    def test_without_tls_the_password_goes_encrypted(self):
        """As MySQL 8 wants it. `sslcert` does not turn TLS on again."""
        key = self.folder + "/key.pem"
        openssl("genpkey", "-algorithm", "RSA", "-out", key)
        rogue = Rogue(switch_to="caching_sha2_password", key=openssl("pkey", "-in", key, "-pubout"))
        self.meet(rogue, "?sslmode=disable&sslcert=%s&sslkey=%s" % (self.server.dir / "server.crt", self.server.dir / "server.key"))
        scrambled = openssl("pkeyutl", "-decrypt", "-inkey", key, "-pkeyopt", "rsa_padding_mode:oaep", input=rogue.encrypted)
        self.assertEqual(bytes(a ^ b for a, b in zip(scrambled, itertools.cycle(SCRAMBLE))), PASSWORD.encode() + b"\0")
        self.assertIn("safe only where it is verified", self.meet(Rogue(switch_to="mysql_clear_password"), "?sslmode=disable"))

    def test_what_a_server_names_first_is_not_held_against_it(self):
        """MySQL 8 names caching_sha2_password, whatever this user has."""
        self.meet(rogue := Rogue(plugin="caching_sha2_password", switch_to="mysql_native_password"))
        self.assertIn(b"SET SESSION", rogue.heard)

    def test_answers_of_another_shape_are_errors(self):
        is_time = {PREPARE: [prepared(1), column(7), EOF]}
        columns = [b"\x02", column(7), column(8), EOF]
        for words, answers in {"has no columns": {PREPARE: [prepared(0)]},
                               "has other columns": is_time | {SELECT: [b"\x01", column(7), EOF, b"\x132026-03-01 09:00:00", EOF]},
                               "gives no row": is_time | {SELECT: [*columns, EOF]},
                               "more than 8 MiB": is_time | {SELECT: [*columns, b"\xfe" + (17 << 20).to_bytes(8, "little") + b"9" * (17 << 20) + b"\x011", EOF]}}.items():
            with self.subTest(words):
                self.assertIn(words, self.meet(Rogue(answers=answers)))

    def test_an_endless_answer_is_cut(self):
        class Endless:
            def __iter__(self):
                yield from columns
                while True:
                    yield (b"\xfc" + (60_000).to_bytes(2, "little") + b"9" * 60_000) * columns[0][0]
        for columns, words in (([b"\x02", column(7), column(8), EOF], "more than 8 MiB"), ([b"\x01", column(7), EOF], "has other columns")):
            with self.subTest(words):
                self.assertIn(words, self.meet(Rogue(answers={PREPARE: [prepared(1), column(7), EOF], SELECT: Endless()}), most_memory=120 << 20))

    def test_endless_columns_are_cut(self):
        class Endless:
            def __iter__(self):
                yield first
                while True:
                    yield column(7).replace(b"\x01a", b"\xfd" + (60_000).to_bytes(3, "little") + b"a" * 60_000)
        is_time = {PREPARE: [prepared(1), column(7), EOF]}
        for command, first, before in ((PREPARE, prepared(1), {}), (SELECT, b"\x01", is_time), (b"\x03SET SESSION TRANSACTION", b"\x01", {})):
            with self.subTest(command):
                self.assertIn("more than 8 MiB", self.meet(Rogue(answers=before | {command: Endless()}), most_memory=120 << 20))

    def test_each_kind_of_server_is_told_the_timeout_in_its_words(self):
        for version, words in (("8.0.36", b"max_execution_time = 1000"), ("5.5.5-10.11.0-MariaDB", b"max_statement_time = 1.0"), ("11.8.3-MariaDB", b"max_statement_time = 1.0")):
            with self.subTest(version):
                self.meet(rogue := Rogue(version=version))
                self.assertIn(b"SET SESSION " + words, rogue.heard)
