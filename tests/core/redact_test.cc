// Tests exporter/core/redact.cc.
#include "exporter/core/redact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "exporter/core/failure.h"

namespace batchslo {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string Redacted(const std::string& text) { return Redactor().Redact(text); }

TEST(Redact, SecretsGoAndTheRestStays) {
  static constexpr struct { const char *text, *redacted; } kCases[] = {
      {"postgresql://slo:s3cret@db:5432/prod", "postgresql://<redacted>@db:5432/prod"},
      {"amqp://u:p@ss/w#rd@mq/", "amqp://<redacted>@mq/"},
      {"https://ghp0token@github.com/x", "https://<redacted>@github.com/x"},
      {"https://api/v1?token=abc&rows=3", "https://api/v1?token=<redacted>&rows=3"},
      {"https://x.blob/y?sv=1&sig=ab%2Fc&se=2", "https://x.blob/y?sv=1&sig=<redacted>&se=2"},
      {"Authorization: Bearer abc.def", "Authorization: <redacted>"},
      {"headers={'Authorization': 'Basic dTpw', 'Accept': '*'}", "headers={'Authorization': '<redacted>', 'Accept': '*'}"},
      {"curl -H \"X-Api-Key: abc\" x", "curl -H \"X-Api-Key: <redacted>\" x"},
      {"Set-Cookie: sid=abc; Path=/", "Set-Cookie: <redacted>"},
      {"sent bearer abcdef123", "sent bearer <redacted>"},
      {"password=hunter2 rows=3", "password=<redacted> rows=3"},
      {"password: hunter2", "password: <redacted>"},
      {"{\"db_password\": \"hunter2 x\", \"rows\": 3}", "{\"db_password\": <redacted>\", \"rows\": 3}"},
      {"{\\\"token\\\": \\\"abc\\\", \\\"n\\\": 3}", "{\\\"token\\\": <redacted>\\\", \\\"n\\\": 3}"},
      {"DB_PASSWORD='a b' TOKEN_2=x", "DB_PASSWORD=<redacted>' TOKEN_2=<redacted>"},
      {"job --password hunter2 --rows 3", "job --password <redacted> --rows 3"},
      {"job --api-key=abc", "job --api-key=<redacted>"},
      {"AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=<redacted>"},
      {"AccountName=x;AccountKey=abc==;End", "AccountName=x;AccountKey=<redacted>;End"},
      {"key AKIAIOSFODNN7EXAMPLE denied", "key <redacted> denied"},
      {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "<redacted>"},
      {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "<redacted>"},
      {"AIzaSyA-1234567890abcdefghijklmnopqrstu", "<redacted>"},
      {"ya29.a0AfH6SMBx-1234567890", "<redacted>"},
      {"ghp_0123456789abcdef0123 xoxb-123456789012-abc", "<redacted> <redacted>"},
      {"https://hooks.slack.com/services/T0/B0/abc", "https://<redacted>"},
      {"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\nabc=\n-----END PRIVATE KEY-----\nnext", "<redacted>\nnext"},
      {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,AB\n\nMIIEvQIBADANBgkqhkiG\n-----END RSA PRIVATE KEY-----", "<redacted>"},
      {"\"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG\\nab\\n-----END PRIVATE KEY-----\\n\"", "\"<redacted>\\n\""},
      {"password := \"hunterS\" rows", "password := <redacted>\" rows"},
      {"if password == hunter2:", "if password == <redacted>"},
      {"{\"password\": [\"x\"], \"n\": 3}", "{\"password\": <redacted>], \"n\": 3}"},
      {"password: {\"value\": \"x\"} n", "password: <redacted>} n"},
      {"password='it''s x' n=1", "password=<redacted>' n=1"},
      {"db:\n  password: |\n    x\n    y\n", "db:\n  password: <redacted>\n"},
      {"DB_PASS=x SMTP_PASS: y pass=z pw=w mypass=v", "DB_PASS=<redacted> SMTP_PASS: <redacted> pass=<redacted> pw=<redacted> mypass=<redacted>"},
      {"{\"pass\":\"x\"}", "{\"pass\":<redacted>\"}"},
      {"job --db-pass x --pass y", "job --db-pass <redacted> --pass <redacted>"},
      {"curl -fsS -u alice:x https://h", "curl -fsS -u alice:<redacted> https://h"},
      {"curl --user 'alice:x y' https://h", "curl --user 'alice:<redacted> y' https://h"},
      {"mysql -u root -px db", "mysql -u root -p<redacted> db"},
      {"mysqldump -h db -px", "mysqldump -h db -p<redacted>"},
      {"sshpass -p x ssh h", "sshpass -p <redacted> ssh h"},
      {"CREATE USER u IDENTIFIED BY 'x'", "CREATE USER u IDENTIFIED BY <redacted>'"},
      {"ALTER ROLE u PASSWORD 'it''s x' LOGIN", "ALTER ROLE u PASSWORD <redacted>' LOGIN"},
      {"<password>x</password><user>u</user>", "<password><redacted></password><user>u</user>"},
      {"next=%2Fa%3Fpassword%3Dx%26n%3D1", "next=%2Fa%3Fpassword%3D<redacted>%26n%3D1"},
      {"{'password': b'x', 'n': 3}", "{'password': <redacted>', 'n': 3}"},
      {"password=$'x y' n=1", "password=<redacted>' n=1"},
      {"Config { password: Some(\"x\"), n: 3 }", "Config { password: <redacted>\"), n: 3 }"},
      {"password = \"\"\"x y\"\"\"", "password = <redacted>\"\"\""},
      {"password: |2\n  x\nn: 1", "password: <redacted>\nn: 1"},
      {"password: >-\n\n  x\n", "password: <redacted>\n"},
      {"os.environ[\"DB_PASSWORD\"] = \"x\"", "os.environ[\"DB_PASSWORD\"] = <redacted>\""},
      {"config['password'] = 'x'", "config['password'] = <redacted>'"},
      {"define('DB_PASSWORD', 'x');", "define('DB_PASSWORD', <redacted>');"},
      {"IDENTIFIED BY \"x y\"", "IDENTIFIED BY <redacted>\""},
      {"smtp_pass: x1", "smtp_pass: <redacted>"},
      {"-----BEGIN EC PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\nTraceback (most", "<redacted>Traceback (most"},
      {"b'GET / HTTP/1.1\\r\\nAuthorization: Token hunter2-first\\r\\nHost: a\\r\\n'", "b'GET / HTTP/1.1\\r\\nAuthorization: <redacted>\\r\\nHost: a\\r\\n'"},
      {"output=b'ok\\nghp_hunterAAAAAAAAAAAAAAAAfirst'", "output=b'ok\\n<redacted>'"},
      {"stderr=b'id\\nAKIAHUNTERFIRST00000 x'", "stderr=b'id\\n<redacted> x'"},
      {"b'x\\teyJhbGciOiJIUzI1NiJ9.eyJodW50ZXIiOiJmaXJzdCJ9.first'", "b'x\\t<redacted>'"},
      {"b'\\nxoxb-hunter-first-0123456789'", "b'\\n<redacted>'"},
      {"b'\\nsk_live_hunterfirst0123456789'", "b'\\n<redacted>'"},
      {"b'GET\\nBearer hunterfirst0123'", "b'GET\\nBearer <redacted>'"},
      {"Cookie: theme=\"dark\"; sid=hunter2", "Cookie: <redacted>"},
      {"Authorization: Digest username=\"u\", nonce=\"n\", response=\"hunter2\"", "Authorization: <redacted>"},
      {"{b'Authorization': b'Token hunter2', b'Accept': b'*'}", "{b'Authorization': b'<redacted>', b'Accept': b'*'}"},
      {"{b'Cookie': b'session=hunter2'}", "{b'Cookie': b'<redacted>'}"},
      {"{\"Cookie\": \"a=\\\"x\\\"; sid=hunter2\", \"n\": 3}", "{\"Cookie\": \"<redacted>\", \"n\": 3}"},
      {"{\\\"Cookie\\\": \\\"a=\\\\\\\"x\\\\\\\"; sid=hunter2\\\", \\\"n\\\": 3}", "{\\\"Cookie\\\": \\\"<redacted>\\\", \\\"n\\\": 3}"},
      {"('Authorization', 'Token hunter2'), ('Accept', '*')", "('Authorization', <redacted>'), ('Accept', '*')"},
      {"headers [(b'authorization', b'Token hunter2-first')]", "headers [(b'authorization', <redacted>')]"},
      {"('Set-Cookie', 'sid=hunter2; Path=/')", "('Set-Cookie', <redacted>')"},
      {"rawHeaders: [ 'Host', 'h', 'Authorization', 'Token hunter2', 'Accept', '*' ]", "rawHeaders: [ 'Host', 'h', 'Authorization', <redacted>', 'Accept', '*' ]"},
      {"rawHeaders: [\n    'Authorization',\n    'Token hunter2' ]", "rawHeaders: [\n    'Authorization',\n    <redacted>' ]"},
      {"map[Authorization:[Token hunter2-first] Cookie:[sid=hunter2-second]]", "map[Authorization:<redacted>"},
      {"{Authorization=[Token hunter2-first], Cookie=[sid=hunter2-second]}", "{Authorization=<redacted>"},
      {"headers: { authorization: 'Token hunter2-first', cookie: 'sid=hunter2-second' }", "headers: { authorization: '<redacted>', cookie: '<redacted>' }"},
      {"password='hunter2\\'first-second' n=1", "password=<redacted>' n=1"},
      {"{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\",\"n\":3}", "{\"name\":\"DB_PASSWORD\",\"value\":<redacted>\",\"n\":3}"},
      {"- name: X_PASSWORD\n  value: hunter2\n- name: N\n  value: 3", "- name: X_PASSWORD\n  value: <redacted>\n- name: N\n  value: 3"},
      {"EnvVar(name='DB_PASSWORD', value='hunter2', n=3)", "EnvVar(name='DB_PASSWORD', value=<redacted>', n=3)"},
      {"{Name:DB_PASSWORD Value:hunter2 ValueFrom:nil}", "{Name:DB_PASSWORD Value:<redacted> ValueFrom:nil}"},
      {"{'name': 'DB_PASSWORD',\n 'value': 'hunter2'}", "{'name': 'DB_PASSWORD',\n 'value': <redacted>'}"},
      {"Command '['psql', '--password', 'hunter2', '-h', 'x']' returned non-zero", "Command '['psql', '--password', <redacted>', '-h', 'x']' returned non-zero"},
      {"\"cookie: x\\\"cookie: x\\\"cookie: x", "\"cookie: <redacted>"},
      {"'cookie: x\\'cookie: x\\'cookie: x", "'cookie: <redacted>"},
      {"\"Cookie: a\"b; sid=hunter2", "\"Cookie: <redacted>"},
      {"curl -H \"Cookie: a=\\\"x\\\"; sid=hunter2\" x", "curl -H \"Cookie: <redacted>\" x"},
      {"curl -H 'Authorization: Digest u=\"x\", r=\"hunter2\"' x", "curl -H 'Authorization: <redacted>' x"},
      {"\"Authorization: Digest u=\"x\", r=\"hunter2\"\" x", "\"Authorization: <redacted>"},
      {"{\"config\":\"secret: |\\n  hunter2-first\\n  hunter2-second\\nother: 1\",\"n\":3}", "{\"config\":\"secret: <redacted>\\nother: 1\",\"n\":3}"},
      {"{\"x\":\"password = \\\"\\\"\\\"hunter2-first\\nhunter2-second\\\"\\\"\\\"\", \"n\": 3}", "{\"x\":\"password = <redacted>\\\"\\\"\\\"\", \"n\": 3}"},
      {"stderr=b'secret: |\\n  hunter2-first\\n  hunter2-second\\n' x", "stderr=b'secret: <redacted>\\n' x"},
      {"headers[\"Authorization\"] = \"Token hunter2\"", "headers[\"Authorization\"] = \"<redacted>\""},
      {"\"Authorization\"=>\"Token hunter2\", \"Accept\"=>\"*\"", "\"Authorization\"=>\"<redacted>\", \"Accept\"=>\"*\""},
      {"{\\\"password\\\":\\\"a\\\\nhunter2\\\",\\\"n\\\":3}", "{\\\"password\\\":<redacted>\\\",\\\"n\\\":3}"},
      {"send: b'GET / HTTP/1.1\\r\\nAuthorization: Token hunter2-first\\r\\nCookie: sid=hunter2-second\\r\\n'", "send: b'GET / HTTP/1.1\\r\\nAuthorization: <redacted>\\r\\nCookie: <redacted>\\r\\n'"},
      {"x\\ncurl -u a:hunter2 h", "x\\ncurl -u a:<redacted> h"},
  };
  for (const auto& [text, redacted] : kCases) {
    EXPECT_EQ(Redacted(text), redacted);
    EXPECT_EQ(Redacted(redacted), redacted) << "twice is as once";
  }
}

TEST(Redact, WhatIsNoSecretStays) {
  for (const char* text : {"botocore.exceptions.NoCredentialsError: Unable to locate credentials", "FATAL:  password authentication failed for user \"slo\"",
                           "\tat com.example.TokenService.get(TokenService.java:12)", "  File \"/app/token.py\", line 3, in secret", "KeyError: 'token'",
                           "    at read (/app/token.js:3:9)", "SyntaxError: Unexpected token } in JSON at position 3",
                           "image sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
                           "/usr/lib/python3/site/packages/google/cloud/bigquery/job/query/result/of/a/very/long/path", "basic auth failed",
                           "PASS 12 of 12", "first_pass: 120 rows loaded, second_pass: 119 rows", "12 tests passed: yes", "job x-y-pass failed with exit 3",
                           "date -u 10:30", "mysql -h db -P3306", "passes: 3",
                           "time: 10:00:00, a@b.com wrote to https://wiki/x"}) {
    EXPECT_EQ(Redacted(text), text);
  }
}

TEST(Redact, WhatIsAroundASecretStays) {
  EXPECT_EQ(Redacted("Unexpected token: { in JSON at position 12, file orders.json"), "Unexpected token: <redacted> in JSON at position 12, file orders.json");
  EXPECT_EQ(Redacted("password: {\"a\": \"x\"} in line 3"), "password: <redacted>} in line 3");
}

// What is behind them is read once: a row of them is no work of its square.
TEST(Redact, OfBracketsThatAreNotClosedFewAreLookedThrough) {
  EXPECT_EQ(Redacted("password: [((((x)))) y"), "password: <redacted>)))) y");
  EXPECT_EQ(Redacted("password: [a (((b) y"), "password: <redacted> y");
}

TEST(Redact, PatternsOfTheConfigurationCountToo) {
  const auto redactor = Redactor::Make({"cust-[0-9]+", "(?i)acme"});
  ASSERT_TRUE(redactor);
  EXPECT_EQ(redactor->Redact("Acme: cust-17 has no rows"), "<redacted>: <redacted> has no rows");
  for (const char* bad : {"(", "a{2000}", "x*", ""}) EXPECT_NE(RedactFault(bad), "") << bad;
  EXPECT_FALSE(Redactor::Make({"("}));
}

// A secret in any of its forms, amid any log.
RC_GTEST_PROP(Redact, NoPlantedSecretSurvives, ()) {
  static const std::string kForms[] = {"password=%", "token: %", "\"client_secret\": \"%\"", "https://user:%@host/", "Authorization: Bearer %", "--password %",
                                       "API_KEY='%'", "\\\"private_key\\\":\\\"%\\\"", "Cookie: session=%", "DB_PASS=%", "password := \"%\"", "\"password\": [\"%\"]", "curl -u u:% https://h", "mysql -uroot -p% db", "<password>%</password>", "identified by '%'", "-----BEGIN PRIVATE KEY-----\n%\n-----END PRIVATE KEY-----",
                                       "Cookie: theme=\"dark\"; sid=%", "Authorization: Digest username=\"u\", response=\"%\"", "{b'Authorization': b'Token %'}", "('Set-Cookie', 'sid=%')", "b'GET / HTTP/1.1\\r\\nAuthorization: Token %\\r\\n'", "b'ok\\nghp_%'",
                                       "{\"msg\":\"secret: |\\n  a\\n  %\\n\"}", "{\"x\":\"secret: |\\n  a\\n  %\\n\"}", "{\"name\":\"DB_PASSWORD\",\"value\":\"%\"}", "- name: X_PASSWORD\n  value: %", "password='a\\'%'", "ghp_%", "xoxb-%", "AIza%%", "sk-%%", "glpat-%", "&sig=%", "Bearer %"};
  const std::string secret = "Zq" + *rc::gen::container<std::string>(20, rc::gen::oneOf(rc::gen::inRange('a', 'z'), rc::gen::inRange('A', 'Z'), rc::gen::inRange('0', '9')));
  std::string form = *rc::gen::elementOf(std::vector<std::string>(std::begin(kForms), std::end(kForms)));
  for (std::size_t at = form.find('%'); at != std::string::npos; at = form.find('%', at + secret.size())) form.replace(at, 1, secret);
  static const std::vector<std::string> kNoise = {"\n", "INFO ", " ", "\x1b[31m", "Traceback (most recent call last):\n", "  File \"x.py\", line 3, in f\n", "ValueError: ", "\tat a.B.c(B.java:3)\n", "'", "é", "\xff"};
  const auto noise = [] {
    std::string text;
    for (const std::string& piece : *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kNoise))) text += piece;
    return text;
  };
  const FailureReading reading = ReadFailure("exit code 1", noise() + "\n" + form + "\n" + noise(), Redactor());
  for (const std::string& text : {reading.error, reading.frame, reading.excerpt}) RC_ASSERT(text.find(secret) == std::string::npos);
}

}  // namespace
}  // namespace batchslo
