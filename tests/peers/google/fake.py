"""A Google of our own: its token servers, which check what they are given, and a BigQuery that refuses what Google's
description of it does not know, in the questions and in the answers.
"""
import json
import re
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from discovery import Api

EMAIL, KEY_ID = "slo@p.iam.gserviceaccount.com", "key-1"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/cloud-platform.read-only"
WHOLE_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SECRETS = {"client_secret": "canary-client-4417", "refresh_token": "1//canary-refresh-9c02", "subject_token": "canary.subject.5521"}
PROVIDER = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider"


def refusal(status, reason, message):
    return status, {"error": {"code": status, "message": message, "status": reason, "errors": [{"domain": "global", "reason": reason, "message": message}]}}


def milliseconds(at):
    return str(int(at * 1000))


def microseconds(at):
    return str(int(at * 1_000_000))


def rows(columns, values):
    """An answer to a query: columns {name: type}, one list of texts or None for each row."""
    return {"kind": "bigquery#queryResponse", "jobComplete": True, "totalRows": str(len(values)), "totalBytesProcessed": "100", "totalBytesBilled": "10485760", "cacheHit": False,
            "jobReference": {"projectId": "p", "jobId": "job", "location": "EU"},
            "schema": {"fields": [{"name": name, "type": kind, "mode": "NULLABLE"} for name, kind in columns.items()]},
            "rows": [{"f": [{"v": value} for value in row]} for row in values]}


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that ends while it waits: every daemon does at the end of its test."""


class Google:
    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.bigquery, self.iam = Api("bigquery.v2"), Api("iamcredentials.v1")
        self.lock = threading.Lock()
        self.problems = []      # requests that no Google would take
        self.log = []           # what was asked: "bigquery.tables.get items"
        self.queries = []       # the bodies of queries
        self.tokens = {}        # token -> when it ends
        self.ended = 0          # requests with a token that had ended, or was none
        self.assertions = []    # the claims of those that were verified
        self.lifetime = 3600
        self.tables = {}        # name -> resource
        self.partitions = []    # (table, id, rows, moved)
        self.refuses_queries = False
        self.answer = None      # to a query of the user's
        self.dry_bytes = "100"
        self.failures = []      # what is answered first: refusal(...)
        self.server = Server(("127.0.0.1", 0), self._handler())
        self.host = "127.0.0.1:%d" % self.server.server_port
        self.url = "http://" + self.host
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    # ---- what a credentials file holds ----

    def key_file(self, key=None):
        pem = (key or self.key).private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        return {"type": "service_account", "project_id": "p", "private_key_id": KEY_ID, "private_key": pem, "client_email": EMAIL, "token_uri": self.url + "/token"}

    def user_file(self):
        return {"type": "authorized_user", "client_id": "id", "token_uri": self.url + "/token", **{k: SECRETS[k] for k in ("client_secret", "refresh_token")}}

    def federation_file(self, source):
        return {"type": "external_account", "audience": PROVIDER, "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": self.url + "/v1/sts",
                "credential_source": source, "service_account_impersonation_url": "%s/v1/projects/-/serviceAccounts/%s:generateAccessToken" % (self.url, EMAIL)}

    # ---- tokens ----

    def issue(self):
        token = "ya29.canary-%d" % (len(self.tokens) + 1)
        self.tokens[token] = time.time() + self.lifetime
        return token

    def give(self):
        return 200, {"access_token": self.issue(), "expires_in": self.lifetime, "token_type": "Bearer"}

    def token(self, headers, form):
        """RFC 7523 and a refresh token: https://developers.google.com/identity/protocols/oauth2"""
        if headers.get("Content-Type") != "application/x-www-form-urlencoded":
            self.problems.append("token: not a form")
        grant = form.pop("grant_type", "")
        if grant == "refresh_token":
            if form != {"client_id": "id", **{k: SECRETS[k] for k in ("client_secret", "refresh_token")}}:
                self.problems.append("token: fields %s" % sorted(form))
            return self.give()
        try:
            assertion = form["assertion"]
            if grant != "urn:ietf:params:oauth:grant-type:jwt-bearer" or len(form) > 1 or jwt.get_unverified_header(assertion) != {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}:
                raise jwt.InvalidTokenError("grant or header")
            claims = jwt.decode(assertion, self.key.public_key(), algorithms=["RS256"], audience=AUDIENCE, issuer=EMAIL, options={"require": ["iss", "aud", "exp", "iat", "scope"]})
            if claims["exp"] - claims["iat"] > 3600 or claims["scope"] != SCOPE or len(claims) != 5:
                raise jwt.InvalidTokenError("claims %s" % claims)
        except (KeyError, jwt.InvalidTokenError) as fault:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT: %s %s" % (fault, form.get("assertion"))}  # it repeats what it was given
        self.assertions.append(claims)
        return self.give()

    def exchange(self, form):
        wanted = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": PROVIDER, "scope": WHOLE_SCOPE,
                  "requested_token_type": "urn:ietf:params:oauth:token-type:access_token", "subject_token": SECRETS["subject_token"],
                  "subject_token_type": "urn:ietf:params:oauth:token-type:jwt"}
        if form != wanted:
            self.problems.append("exchange: %s" % sorted(form.items() ^ wanted.items()))
        return 200, {"access_token": self.issue(), "issued_token_type": wanted["requested_token_type"], "token_type": "Bearer", "expires_in": 3600}

    def impersonate(self, path, query, body):
        method, in_path = self.iam.find("POST", path)
        self.problems += self.iam.faults_of_request(method, in_path, query, body)
        if body.get("scope") != [SCOPE]:
            self.problems.append("impersonation for %s" % body.get("scope"))
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.lifetime))
        return 200, {"accessToken": self.issue(), "expireTime": ends}

    def metadata(self, headers, query):
        if headers.get("Metadata-Flavor") != "Google" or query != [("scopes", SCOPE)]:
            self.problems.append("metadata: %s" % query)
        return self.give()

    # ---- BigQuery ----

    def ask(self, verb, path, query, body):
        found = self.bigquery.find(verb, path)
        if not found:
            self.problems.append("%s %s: no such method" % (verb, path))
            return refusal(404, "notFound", "Not Found")
        method, in_path = found
        faults = self.bigquery.faults_of_request(method, in_path, query, body)
        if faults:
            self.problems += faults
            return refusal(400, "invalid", "; ".join(faults))
        self.log.append(" ".join([method["id"], in_path.get("tableId", "")]).strip())
        status, answer = self.failures.pop(0) if self.failures else self.serve(method["id"], in_path, body)
        if status == 200:
            faults = self.bigquery.faults_of_answer(method, answer)
            assert not faults, faults  # a null cell is what BigQuery does answer
        return status, answer

    def serve(self, method, in_path, body):
        if method == "bigquery.tables.get":
            name = "%s.%s" % (in_path["datasetId"], in_path["tableId"])
            if name in self.tables:
                return 200, {"kind": "bigquery#table", "type": "TABLE", "location": "EU", **self.tables[name]}
            return refusal(404, "notFound", "Not found: Table %s:%s" % (in_path["projectId"], name))
        if method == "bigquery.datasets.list":
            names = sorted({name.split(".")[0] for name in self.tables})
            return 200, {"kind": "bigquery#datasetList", "datasets": [{"datasetReference": {"projectId": "p", "datasetId": name}} for name in names]}
        if method == "bigquery.tables.list":
            return 200, {"kind": "bigquery#tableList", "tables": [{"type": "TABLE", "tableReference": {"tableId": name.split(".")[1], "datasetId": in_path["datasetId"]},
                                                                   **{key: value for key, value in table.items() if key == "timePartitioning"}}
                                                                  for name, table in sorted(self.tables.items()) if name.split(".")[0] == in_path["datasetId"]]}
        if method != "bigquery.jobs.query":
            return refusal(501, "notImplemented", method)
        if self.refuses_queries:
            return refusal(403, "accessDenied", "Access Denied: Project p: User does not have bigquery.jobs.create permission in project p.")
        self.queries.append(body)
        if body.get("useLegacySql", True) or "maximumBytesBilled" not in body:
            self.problems.append("a query in legacy SQL, or without a limit")
        if body.get("dryRun"):
            return 200, {"kind": "bigquery#queryResponse", "jobComplete": True, "totalBytesProcessed": self.dry_bytes, "statementType": "SELECT"}
        if "INFORMATION_SCHEMA.PARTITIONS" not in body["query"]:
            return 200, self.answer
        wanted = re.search(r"WHERE table_name IN \(([^)]*)\)", body["query"])[1]
        values = [[table, partition, str(count), "10", microseconds(moved)] for table, partition, count, moved in self.partitions if "'%s'" % table in wanted]
        return 200, rows({"table_name": "STRING", "id": "STRING", "row_count": "INTEGER", "size_bytes": "INTEGER", "moved": "TIMESTAMP"}, values)

    # ---- the door ----

    def _answer(self, request, raw):
        url = urllib.parse.urlsplit(request.path)
        query = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        if url.path == "/token":
            return self.token(request.headers, dict(urllib.parse.parse_qsl(raw.decode(), strict_parsing=True)))
        if url.path == "/v1/sts":
            return self.exchange(dict(urllib.parse.parse_qsl(raw.decode(), strict_parsing=True)))
        if url.path == "/subject":
            return 200, {"token": SECRETS["subject_token"]}
        if url.path == "/computeMetadata/v1/instance/service-accounts/default/token":
            return self.metadata(request.headers, query)
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(bearer, 0) <= time.time():
            self.ended += 1
            return refusal(401, "authError", "Request had invalid authentication credentials.")
        body = json.loads(raw) if raw else None
        if url.path.endswith(":generateAccessToken"):
            return self.impersonate(url.path, query, body)
        return self.ask(request.command, url.path, query, body)

    def _handler(self):
        google = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with google.lock:
                    try:
                        status, answer = google._answer(self, raw)
                    except Exception as fault:  # it is ours: the test must see it
                        google.problems.append(repr(fault))
                        status, answer = refusal(500, "backendError", "see the problems")
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Metadata-Flavor", "Google")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass
        return Handler
