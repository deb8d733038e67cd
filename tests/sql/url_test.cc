#include "exporter/sql/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace batchslo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Row {
  const char *url, *fault;  // part of what is wrong; null: nothing
};

TEST(DatabaseUrl, SaysWhatIsWrong) {
  static constexpr Row kTable[] = {
      {"sqlite:///a.db", nullptr},
      {"sqlite://a.db", "three slashes"},
      {"sqlite:///", "three slashes"},
      {"sqlite:///a%20b%2525.db", nullptr},
      {"sqlite:///100%", "write %25"},
      {"sqlite:///a%2", "write %25"},
      {"sqlite:///a%zz", "write %25"},
      {"sqlite:///a%00b", "write %25"},
      {"postgresql://u%40corp@h/d%2Fe?application_name=a%20b", nullptr},
      {"postgresql://u:secret%@h/d", "write %25"},
      {"postgresql://u@h/d?application_name=100%", "write %25"},
      {"postgresql://u@h/d", nullptr},
      {"postgres://h", nullptr},
      {"postgresql://u@[::1]:5432/d", nullptr},
      {"postgresql://u:secret@h/d", "holds a password"},
      {"postgresql://u@h/d?password=secret", "parameter \"password\""},
      {"postgresql://u@h/d?options=-c", "parameter \"options\""},
      {"postgresql://u@h/d?sslmode=verify-ca&application_name=x", nullptr},
      {"postgresql://u@h/d?sslmode=maybe", "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full, not \"maybe\""},
      {"postgresql://u@h/d?target_session_attrs=first", "target_session_attrs is one of"},
      {"postgresql://u@h:99999/d", "no port"},
      {"mysql://u@h/d", nullptr},
      {"mariadb://u@h:3307/d?sslmode=verify-full&sslrootcert=%2Fca.pem&sslcert=a&sslkey=b", nullptr},
      {"mysql://u@[::1]:3306/d", nullptr},
      {"mysql://u@%2Frun%2Fmysqld%2Fmysqld.sock/d", nullptr},
      {"mysql://u%40corp@h", nullptr},
      {"mysql://h/d", "names no user"},
      {"mysql://u:secret@h/d", "holds a password"},
      {"mysql://u@h/d?sslmode=require", "verify-full, prefer"},
      {"mysql://u@h/d?tls=true", "parameter \"tls\""},
      {"mysql://u@h/d?application_name=x", "allowed are sslmode, sslrootcert, sslcert, sslkey"},
      {"mysql://u@/d", "names no host"},
      {"mysql://u@%2Frun%2Fmy.sock/d?sslmode=verify-full", "a socket has no TLS"},
      {"mysql://u@%2Frun%2Fmy.sock/d?sslmode=disable", nullptr},
      {"mysql://u@h:0/d", "no port"},
      {"mysql://u@h:65536/d", "no port"},
      {"mysql://u@h:33o6/d", "no port"},
      {"mysql://u@h/100%", "write %25"},
      {"mysql://u@a,b/d", "one name"},
      {"mysql://u@a;password=secret/d", "one name"},
      {"http://h", "postgresql://USER@HOST"},
      {"", "postgresql://USER@HOST"},
  };
  for (const Row& row : kTable) {
    const auto checked = CheckDatabaseUrl(row.url);
    EXPECT_EQ(checked.Ok(), !row.fault) << row.url;
    if (!row.fault || checked) continue;
    EXPECT_THAT(checked.Message(), AllOf(HasSubstr(row.fault), Not(HasSubstr("secret")))) << row.url;
  }
}

TEST(SqliteFile, AUrlIsDecodedAndAPathIsTakenAsItStands) {
  EXPECT_EQ(*SqliteFile("sqlite:///a%20b/%C3%A4%2B+%25"), "/a b/ä++%");
  EXPECT_EQ(*SqliteFile("/a%20b"), "/a%20b");
  EXPECT_EQ(*SqliteFile("b.db"), "b.db");
  EXPECT_FALSE(SqliteFile("sqlite://b.db").Ok());
}

std::string Conninfo(const std::string& url) {
  DatabaseOptions options;
  options.url = url;
  options.password = "it's \\";
  options.statement_timeout = std::chrono::milliseconds(1500);
  const auto info = PostgresqlConninfo(options);
  return info ? *info : info.Message();
}

TEST(PostgresqlConninfo, SessionsAreReadOnlyAndHaveTimeouts) {
  EXPECT_THAT(Conninfo("postgresql://u@db:5433/d%20x"),
              AllOf(HasSubstr("host='db' port='5433' user='u' dbname='d x' password='it\\'s \\\\'"), HasSubstr("default_transaction_read_only=on"),
                    HasSubstr("statement_timeout=1500"), HasSubstr("connect_timeout='5'"), HasSubstr("timezone=UTC")));
}

TEST(PostgresqlConninfo, OnlyALocalServerNeedsNoVerifiedCertificate) {
  for (const char* host : {"db", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "[2001:db8::1]"}) {
    EXPECT_THAT(Conninfo(std::string("postgresql://u@") + host + "/d"), AllOf(HasSubstr("sslmode='verify-full'"), HasSubstr("sslrootcert='/etc/ssl"))) << host;
  }
  for (const char* host : {"", "localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"}) {
    EXPECT_THAT(Conninfo(std::string("postgresql://u@") + host + "/d"), AllOf(HasSubstr("sslmode='prefer'"), Not(HasSubstr("sslrootcert")))) << host;
  }
  EXPECT_THAT(Conninfo("postgresql://u@127.0.0.1/d?sslmode=verify-full"), HasSubstr("sslmode='verify-full'"));
  EXPECT_THAT(Conninfo("postgresql://u@%2Frun,db/d"), HasSubstr("sslmode='verify-full'"));
}

TEST(PostgresqlConninfo, AHostThatTheEnvironmentNamesIsJudgedAsOneInTheUrl) {
  for (const auto& [name, value, mode] : {std::tuple("PGHOST", "db", "verify-full"), std::tuple("PGHOST", "/run", "prefer"), std::tuple("PGHOSTADDR", "192.0.2.1", "verify-full"), std::tuple("PGSERVICE", "x", "verify-full")}) {
    setenv(name, value, 1);
    const std::string info = Conninfo("postgresql://u@/d");
    unsetenv(name);
    EXPECT_THAT(info, HasSubstr(std::string("sslmode='") + mode)) << name;
  }
}

MysqlTarget Target(const std::string& url, const std::string& sslrootcert = "") {
  DatabaseOptions options;
  options.url = url;
  options.sslrootcert = sslrootcert;
  const auto target = ParseMysqlUrl(options);
  EXPECT_TRUE(target.Ok()) << url << ": " << target.Message();
  return target ? *target : MysqlTarget{};
}

TEST(ParseMysqlUrl, TakesEachPartUnescaped) {
  const MysqlTarget target = Target("mysql://u%40corp@db.example:3307/d%20%2Fx?sslcert=a&sslkey=%2Fb", "/ca.pem");
  EXPECT_EQ(target.user, "u@corp");
  EXPECT_EQ(target.host, "db.example");
  EXPECT_EQ(target.socket, "");
  EXPECT_EQ(target.port, 3307u);
  EXPECT_EQ(target.database, "d /x");
  EXPECT_EQ(target.ca, "/ca.pem");
  EXPECT_EQ(target.cert, "a");
  EXPECT_EQ(target.key, "/b");
  EXPECT_EQ(Target("mysql://u@h?sslrootcert=c", "/ca.pem").ca, "c");
  EXPECT_EQ(Target("mysql://u@h").port, 3306u);
  EXPECT_EQ(Target("mysql://u@%2Frun%2Fmy.sock/d").socket, "/run/my.sock");
  EXPECT_EQ(Target("mysql://u@[::1]:1/d").host, "::1");
}

TEST(ParseMysqlUrl, OnlyALocalServerNeedsNoVerifiedCertificate) {
  for (const char* host : {"db", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "[2001:db8::1]"}) {
    const MysqlTarget target = Target(std::string("mysql://u@") + host + "/d");
    EXPECT_EQ(target.tls, MysqlTls::kVerify) << host;
    EXPECT_THAT(target.ca, HasSubstr("/etc/ssl")) << host;
  }
  for (const char* host : {"localhost", "127.0.0.1", "[::1]"}) EXPECT_EQ(Target(std::string("mysql://u@") + host + "/d").tls, MysqlTls::kPrefer) << host;
  EXPECT_EQ(Target("mysql://u@127.0.0.1/d?sslmode=verify-full").tls, MysqlTls::kVerify);
  EXPECT_EQ(Target("mysql://u@db/d?sslmode=prefer").tls, MysqlTls::kPrefer);
  EXPECT_EQ(Target("mysql://u@db/d?sslmode=disable").tls, MysqlTls::kOff);
  EXPECT_EQ(Target("mysql://u@%2Frun%2Fmy.sock/d").tls, MysqlTls::kOff);
}

TEST(Quote, MysqlHasBackticks) {
  EXPECT_EQ(QuoteIdentifier("s.a`b\"'\\", SqlDialect::kMysql), "`s`.`a``b\"'\\`");
  EXPECT_EQ(QuoteName("a.`", SqlDialect::kMysql), "`a.```");
}

TEST(Quote, DotsPartTablesButNoColumns) {
  EXPECT_EQ(QuoteIdentifier("s.t", SqlDialect::kPostgresql), R"("s"."t")");
  EXPECT_EQ(QuoteIdentifier("a\"b.Ünï t;--", SqlDialect::kPostgresql), R"("a""b"."Ünï t;--")");
  EXPECT_EQ(QuoteName("a.\"b", SqlDialect::kSqlite), R"("a.""b")");
}

}  // namespace
}  // namespace batchslo
