"""What a row of the table of sources is made of."""
import http.server
import threading

import door

WITHIN = 10  # seconds: a success of the job "alive" is owed each so often


class Case:
    """A fault at one source: `put` makes it, `mend` takes it away. `holds`: what must hold there, if it is not what faults.py says.
    `may`: states that are the truth there, by the job's role. `more`: what the source's options say besides. `memory`: bytes that it may take beyond what all may."""

    def __init__(self, put, mend, holds=None, may=None, more="", memory=0):
        self.put, self.mend, self.holds, self.may, self.more, self.memory = put, mend, holds, may or {}, more, memory


class Cannot:
    """Why a source can't have a fault."""

    def __init__(self, why):
        self.why = why


class Row:
    """One source. Three jobs each: "alive" succeeds all the time, "done" did so a while ago and need not again, "dead" never."""
    kind = ""
    doors = ("",)  # where its faults are put in
    env = {}

    def skip(self):
        """Why it can't be tried on this machine, or nothing."""

    def open(self, folder):
        """Makes a healthy world."""

    def meet(self, daemon):
        """The daemon has started; it may start again at another address."""

    def tick(self):
        """One more success of "alive", wherever there is such a job."""

    def case(self, door, fault, folder):
        """A `Case` or a `Cannot`; `folder` is its own. With no fault: the healthy one."""

    def source(self, case, folder):
        """Its configuration, in YAML's flow style."""

    def job(self, role, source):
        """Where the job's successes come from."""

    def expects(self, role):
        """The truth."""
        return {"alive": "met", "done": "met", "dead": "missed"}[role]

    def secrets(self):
        return []

    def problems(self):
        """What it asked that no such server would take."""
        return []

    def close(self):
        """Ends the world."""


class Elsewhere:
    """Where a redirect leads to: nobody should come."""

    def __init__(self):
        self.came = []
        elsewhere = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                elsewhere.came.append("%s, Authorization %s" % (self.path, self.headers.get("Authorization")))
                self.send_error(404)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class HttpRow(Row):
    """A source that speaks HTTP: its faults are answers of a door before its healthy server."""

    def open(self, folder):
        self.elsewhere, self.opened = Elsewhere(), []

    def answers(self, name):
        """{fault: answer} of its own, at the door of that name; a `Cannot` says why not; or (answer, what its Case says)."""
        return {}

    def make_door(self, name):
        """A `Door` before the healthy server."""

    def case(self, name, fault, folder):
        made = self.make_door(name)
        self.opened.append(made)
        redirect = door.status(302, ("Location", "http://127.0.0.1:%d/" % self.elsewhere.server.server_port))
        known = {**door.ANSWERS, "redirect": redirect, None: None, **self.answers(name)}[fault]
        if isinstance(known, Cannot):
            return known
        answer, more = known if isinstance(known, tuple) else (known, {})
        case = Case(lambda: made.put(answer), lambda: made.put(None), **more)
        case.door = made
        return case

    def problems(self):
        return self.elsewhere.came

    def close(self):
        for each in self.opened:
            each.close()
        self.elsewhere.close()


