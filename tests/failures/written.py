"""Logs that no program here writes: of other versions and loggers, cut off, mixed, broken. name -> bytes."""
import json

PYTHON = (b'Traceback (most recent call last):\n  File "/app/job.py", line 12, in <module>\n    main()\n'
          b'  File "/app/etl/load.py", line 40, in main\n    read(part)\n'
          b'  File "/usr/lib/python3.11/csv.py", line 111, in __next__\n    row = next(self.reader)\n'
          b'_csv.Error: line contains NUL\n')
JAVA = (b'2026-03-01 10:00:00,123 ERROR [main] etl.Job - failed\norg.apache.spark.SparkException: Job aborted due to stage failure: Task 3 in stage 1.0 failed 4 times\n'
        b'\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2059)\n\tat scala.collection.mutable.ArrayBuffer.foreach(ArrayBuffer.scala:49)\n'
        b'\tat com.example.etl.Load$.main(Load.scala:31)\nCaused by: java.io.FileNotFoundException: /mnt/in/items.csv (No such file or directory)\n'
        b'\tat java.base/java.io.FileInputStream.open0(Native Method)\n\tat com.example.etl.Reader.open(Reader.scala:17)\n\t... 12 more\n')
GO = b'panic: no rows\n\ngoroutine 1 [running]:\nmain.load(...)\n\t/app/main.go:12\nmain.main()\n\t/app/main.go:20 +0x1d\nexit status 2\n'


def prefixed(log, prefix):
    return b"".join(prefix.replace(b"NN", b"%02d" % number) + line + b"\n" for number, line in enumerate(log.splitlines()))


def long_java():
    frames = b"".join(b"\tat com.example.deep.Step%d.run(Step%d.java:%d)\n" % (n, n, n) for n in range(900))
    return b"java.lang.RuntimeException: outer\n" + frames + b"Caused by: java.sql.SQLException: deadlock on table items\n" + frames


LOGS = {
    "empty": b"",
    "blank": b"\n  \n\t\n",
    "one_line": b"disk quota exceeded",
    "last_lines": b"".join(b"step %d done\n" % n for n in range(200)) + b"ERROR: 3 of 10 partitions failed\n\n\n",
    "curl": b"curl: (7) Failed to connect to api.internal port 443 after 3 ms: Couldn't connect to server\n",
    "psql": b'psql: error: connection to server at "db" (10.0.0.7), port 5432 failed: FATAL:  password authentication failed for user "slo"\n',
    "dbt": b"10:00:03  Completed with 1 error and 0 warnings:\n10:00:03  \n10:00:03    Database Error in model items (models/items.sql)\n10:00:03    relation \"raw.items\" does not exist\n",
    "make": b"cc -c a.c\nmake: *** [Makefile:3: a.o] Error 1\n",
    "dash": b"/app/job.sh: 4: psqll: not found\n",
    "shell_lived_on": b"/app/job.sh: line 3: warn: command not found\n" + b"".join(b"part %d done\n" % n for n in range(9)) + b"upload failed: 403\n",
    "python_begin_cut": PYTHON[60:],
    "python_begin_cut_in_word": PYTHON[90:],
    "python_end_cut": PYTHON[:200],
    "python_middle_cut": PYTHON[:100] + b"\n[... cut ...]\n" + PYTHON[190:],
    "python_then_noise": PYTHON + b"".join(b"INFO flushing metrics %d\n" % n for n in range(30)),
    "python_prefixed": prefixed(PYTHON, b"[2026-03-01, 10:00:NN UTC] {subprocess.py:93} INFO - "),
    "python_cri": prefixed(PYTHON, b"2026-03-01T10:00:00.0000000NNZ stderr F "),
    "python_kubectl_prefix": prefixed(PYTHON, b"[pod/train-29-x7k2p/main] "),
    "python_in_docker_json": b"".join(json.dumps({"log": line.decode() + "\n", "stream": "stderr"}).encode() + b"\n" for line in PYTHON.splitlines()),
    "python_in_json_cut": json.dumps({"message": "failed", "exc_info": PYTHON.decode()}).encode()[:-40],
    "python_cloud_logging": json.dumps({"severity": "ERROR", "message": "load failed\n" + PYTHON.decode(), "context": {"reportLocation": {"functionName": "main"}}}).encode(),
    "python_structlog": b'{"event": "job failed", "level": "error", "exception": ' + json.dumps(PYTHON.decode()).encode() + b', "timestamp": "2026-03-01T10:00:00Z"}\n',
    "python_crlf": PYTHON.replace(b"\n", b"\r\n"),
    "python_ansi": b"\x1b[31m" + PYTHON.replace(b"Traceback", b"\x1b[1mTraceback").replace(b"_csv.Error", b"\x1b[0m\x1b[1;31m_csv.Error\x1b[0m") + b"\x1b]0;title\x07\n",
    "python_invalid_utf8": PYTHON.replace(b"NUL", b"\xff\xfe\xc3("),
    "python_group_311_chained": b'''  + Exception Group Traceback (most recent call last):
  |   File "/app/job.py", line 5, in main
  |     run()
  | ExceptionGroup: parts (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/etl/a.py", line 7, in a
    |     int("x")
    | ValueError: invalid literal for int() with base 10: 'x'
    |
    | During handling of the above exception, another exception occurred:
    |
    | Traceback (most recent call last):
    |   File "/app/etl/a.py", line 9, in a
    |     raise KeyError("fallback")
    | KeyError: 'fallback'
    +---------------- 2 ----------------
    | OSError: disk
    +------------------------------------
''',
    "python_312_carets": b'Traceback (most recent call last):\n  File "/app/job.py", line 3, in <module>\n    rows = load()[0]["id"]\n           ~~~~~~~~~^^^\nIndexError: list index out of range\n',
    "python_warning_after": PYTHON + b"/usr/lib/python3.11/multiprocessing/resource_tracker.py:224: UserWarning: resource_tracker: There appear to be 1 leaked semaphore objects\n",
    "progress_bar": b"".join(b"\r%3d%%|####      | %d/100 [00:01<00:00]" % (n, n) for n in range(100)) + b"\nRuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB\n",
    "java_spark": JAVA,
    "java_begin_cut": JAVA[200:],
    "java_logback_json": json.dumps({"@timestamp": "2026-03-01T10:00:00Z", "level": "ERROR", "message": "failed", "stack_trace": JAVA.decode().split("\n", 1)[1]}).encode(),
    "java_long": long_java(),
    "java_prefixed": prefixed(JAVA.split(b"\n", 1)[1], b"10:00:NN.000 "),
    "kotlin": b'Exception in thread "main" kotlin.KotlinNullPointerException\n\tat com.example.JobKt.load(Job.kt:9)\n\tat com.example.JobKt.main(Job.kt)\n',
    "scala_match": b"scala.MatchError: 7 (of class java.lang.Integer)\n\tat com.example.Job$.pick(Job.scala:4)\n\tat com.example.Job.main(Job.scala)\n",
    "go_prefixed_exit": b"2026/03/01 10:00:00 starting\n" + GO,
    "go_begin_cut": GO[20:],
    "go_modules": b"panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a]\n\ngoroutine 18 [running]:\ngithub.com/jackc/pgx/v5.(*Conn).Query(0x0, {0x1, 0x2})\n\t/root/go/pkg/mod/github.com/jackc/pgx/v5@v5.5.0/conn.go:700 +0x3f\nexample.com/etl/internal/load.(*Loader).Rows(0xc000010000)\n\t/src/internal/load/rows.go:41 +0x1d\ncreated by example.com/etl/cmd/job.main in goroutine 1\n\t/src/cmd/job/main.go:20 +0x5\n",
    "node_typescript": b"/app/dist/job.js:10\n        throw new Error('no rows');\n              ^\n\nError: no rows\n    at Loader.read (/app/src/loader.ts:40:15)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)\n    at async main (/app/src/job.ts:12:3)\n\nNode.js v20.11.0\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1\n",
    "node_library": b"TypeError: fetch failed\n    at node:internal/deps/undici/undici:12618:11\n    at async load (file:///app/job.mjs:3:11) {\n  [cause]: Error: getaddrinfo ENOTFOUND api.internal\n      at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:107:26) {\n    errno: -3008,\n    code: 'ENOTFOUND'\n  }\n}\n",
    "clang_terminate": b"libc++abi: terminating due to uncaught exception of type std::runtime_error: no rows\nAborted (core dumped)\n",
    "glibc_abort": b"double free or corruption (!prev)\nAborted (core dumped)\n",
    "cpp_then_shell": b"terminate called after throwing an instance of 'std::runtime_error'\n  what():  no rows\n/app/job.sh: line 3:    77 Aborted                 (core dumped) ./load\n",
    "html": b"<script>alert(1)</script>\nError: </script></pre><img src=x onerror=alert(1)>\n",
    "secrets": (b"AWS_ACCESS_KEY_ID=AKIAPLANTEDPLANTED12\nAWS_SECRET_ACCESS_KEY=plantedPLANTED/planted+PLANTED0123456789ab\n"
                b"GET https://user:planted-pw@api.internal/v1?token=planted-token&rows=3\nAuthorization: Bearer planted.bearer\n"
                b'{"type": "service_account", "private_key_id": "plantedid", "private_key": "-----BEGIN PRIVATE KEY-----\\nplantedPLANTEDplanted0\\nplanted==\\n-----END PRIVATE KEY-----\\n", "client_email": "a@b.iam"}\n'
                b"-----BEGIN RSA PRIVATE KEY-----\nplantedPLANTEDplantedPLANTEDplantedPLANTEDplantedPLANTEDplanted01\nplanted02\n-----END RSA PRIVATE KEY-----\n"
                b"jwt eyJhbGciOiJIUzI1NiJ9.planted.planted\nkey AIzaplantedPLANTEDplantedPLANTEDplanted0\nRuntimeError: login failed, password='planted pw'\n"),
    "control_characters": b"\x00\x01\x02bell\x07 back\x08space\x7f\nError\x0b: broken\x0c pipe\n",
}
