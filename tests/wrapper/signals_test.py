"""Signals reach the job, once, with and without a terminal."""
import os
import pty
import signal
import subprocess
import sys
import unittest

from case import PYTHON, Case


class Signals(Case):
    def test_signals_are_passed_on(self):
        names = ["TERM", "INT", "HUP", "QUIT", "USR1", "USR2", "ALRM", "WINCH", "CONT", "TSTP", "IO", "RTMIN"]
        code = ("import os, signal, sys\n"
                "on_signal = lambda s, f: os.write(1, signal.Signals(s).name.encode() + b'\\n')\n"
                "for n in sys.argv[1:]: signal.signal(getattr(signal, 'SIG' + n), on_signal)\n"
                "os.write(1, b'ready\\n')\nwhile sys.stdin.readline(): pass")
        job = subprocess.Popen(self.words(self.exporter(), *PYTHON, code, *names), env=self.environment(), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(job.stdout.readline(), "ready\n")
        for name in names:
            job.send_signal(getattr(signal, "SIG" + name))
            self.assertEqual(job.stdout.readline(), f"SIG{name}\n")
        self.assertEqual(job.communicate(timeout=30), ("", ""))
        self.assertEqual(job.returncode, 0)

    def test_an_alarm_of_the_caller_still_ends_the_job(self):
        done = self.run_job(self.exporter(), "sleep", "60", preexec_fn=lambda: signal.setitimer(signal.ITIMER_REAL, 0.2))
        self.assertEqual(done.returncode, -signal.SIGALRM)

    def test_the_job_survives_a_killed_wrapper_with_its_streams(self):
        code = "import sys; print('ready', flush=True); sys.stdin.readline(); print('late', file=sys.stderr, flush=True); print('alive')"
        job = subprocess.Popen(self.words(self.exporter(), *PYTHON, code), env=self.environment(), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        job.stdout.readline()
        job.kill()
        job.wait()
        self.assertEqual(job.communicate("go\n", timeout=30), ("alive\n", "late\n"))


class Terminals(Case):
    def in_terminal(self, code, *more):
        """Runs Python `code` as the leader of a terminal's session; gives the pid and the terminal."""
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.execve(sys.executable, [*PYTHON, code, *more], self.environment())
            finally:
                os._exit(99)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    @staticmethod
    def read_until(terminal, text):
        seen = ""
        while text not in seen:
            try:
                got = os.read(terminal, 4096).decode()
            except OSError:
                got = ""
            assert got, seen
            seen += got
        return seen

    def test_ctrl_c_comes_once_and_stderr_stays_a_terminal(self):
        job = ("import os, signal\ncount = [0]\n"
               "def on_int(*a): count[0] += 1; os.write(1, b'got\\n')\n"
               "def on_usr1(*a): os.write(1, b'total %d %d\\n' % (count[0], os.isatty(2))); os._exit(7)\n"
               "signal.signal(signal.SIGINT, on_int); signal.signal(signal.SIGUSR1, on_usr1); print('ready', flush=True)\n"
               "while True: signal.pause()")
        code = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
        pid, terminal = self.in_terminal(code, *self.words(self.exporter(), *PYTHON, job))
        self.read_until(terminal, "ready")
        os.write(terminal, b"\x03")
        self.read_until(terminal, "got")
        os.kill(pid, signal.SIGUSR1)  # the wrapper takes pending signals in order of number: INT is behind it
        self.assertIn("total 1 1", self.read_until(terminal, "total 1 1"))
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 7)

    def test_ctrl_z_stops_the_wrapper_with_the_job(self):
        shell = ("import os, signal, sys\nsignal.signal(signal.SIGTTOU, signal.SIG_IGN)\npid = os.fork()\n"
                 "if pid == 0:\n  os.setpgid(0, 0); os.tcsetpgrp(0, os.getpid()); signal.signal(signal.SIGTTOU, signal.SIG_DFL)\n"
                 "  os.execv(sys.argv[1], sys.argv[1:])\n"
                 "s = os.waitpid(pid, os.WUNTRACED)[1]\nos.tcsetpgrp(0, os.getpgrp())\n"
                 "print('stopped', os.WIFSTOPPED(s) and os.WSTOPSIG(s), flush=True)\nos.tcsetpgrp(0, pid)\nos.killpg(pid, signal.SIGCONT)\n"
                 "s = os.waitpid(pid, 0)[1]\nos.tcsetpgrp(0, os.getpgrp())\nprint('ended', os.waitstatus_to_exitcode(s), flush=True)")
        job = "print('ready', flush=True); input(); print('went on', flush=True); raise SystemExit(6)"
        pid, terminal = self.in_terminal(shell, *self.words(self.exporter(), *PYTHON, job))
        self.read_until(terminal, "ready")
        os.write(terminal, b"\x1a")
        self.read_until(terminal, f"stopped {int(signal.SIGTSTP)}")
        os.write(terminal, b"\n")
        seen = self.read_until(terminal, "ended")
        self.assertIn("went on", seen)
        self.read_until(terminal, "6") if "ended 6" not in seen else None
        os.waitpid(pid, 0)


if __name__ == "__main__":
    unittest.main()
