// Tests exporter/web/connection.cc over a pair of sockets, with a time of its own.
#include "exporter/web/connection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace batchslo {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;
using Stage = Connection::Stage;
const std::string kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// One connection and its peer; what the connection may hold for it in the system is little.
class Wire {
 public:
  Wire() {
    int ends[2];
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
    peer_ = ends[1];
    const int little = 4096;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &little, sizeof little);
    connection = std::make_unique<Connection>(ends[0], limits, told_, tls_, now);
  }
  ~Wire() { Hang(); }

  void Send(std::string_view bytes) { ASSERT_EQ(write(peer_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size())); }
  void Shut() const { shutdown(peer_, SHUT_WR); }
  void Hang() {
    if (peer_ >= 0) close(std::exchange(peer_, -1));
  }
  std::string Read() const {
    std::string all;
    char buffer[1 << 16];
    for (ssize_t count = 0; (count = read(peer_, buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<std::size_t>(count));
    return all;
  }
  std::optional<Question> Turn() {
    connection->Turn(now);
    return connection->Ask();
  }
  void Pass(milliseconds time) {
    now += time;
    if (connection->Until() <= now) connection->Expire(now);
  }

  FrontLimits limits;
  Connection::Time now{};
  std::vector<std::string> refused;
  std::unique_ptr<Connection> connection;

 private:
  const FrontTold told_{[](int) {}, [this](std::string_view reason) { refused.emplace_back(reason); }};
  const TlsInForce tls_;
  int peer_ = -1;
};

Reply Endless(int& made) {
  return {"head", [&made, piece = std::make_shared<std::string>(32 << 10, 'x')] { return ++made, std::string_view(*piece); }, Then::kKeep};
}

TEST(Connection, PiecesAreMadeAsTheyAreTaken) {
  Wire wire;
  wire.Send(kGet);
  ASSERT_TRUE(wire.Turn());
  int made = 0;
  wire.connection->Take(Endless(made), wire.now);
  for (int i = 0; i < 100; ++i) wire.Turn();
  EXPECT_LE(made, 2) << "a reader that does not read holds one of them";
  EXPECT_EQ(wire.connection->Awaits(), POLLOUT);
}

TEST(Connection, OneTurnIsShortHoweverFastThePeerReads) {
  Wire wire;
  wire.Send(kGet);
  ASSERT_TRUE(wire.Turn());
  int made = 0, turns = 0;
  wire.connection->Take(Endless(made), wire.now);
  for (std::size_t read = 0; read < 1 << 20; ++turns) {
    const int before = made;
    wire.Turn();
    EXPECT_LE(made - before, 1);
    read += wire.Read().size();
  }
  EXPECT_GE(turns, 32);
  EXPECT_EQ(wire.connection->At(), Stage::kSending);
}

TEST(Connection, OneRequestAtATimeIsAskedInOrder) {
  Wire wire;
  wire.Send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET /b HTTP/1.1\r\nHost: h\r\n\r\nGET");
  auto first = wire.Turn();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->head.target + first->body, "/aab");
  EXPECT_EQ(wire.connection->Awaits(), 0);
  EXPECT_FALSE(wire.Turn()) << "the first is not answered";
  wire.connection->Take({"one", {}, Then::kKeep}, wire.now);
  EXPECT_EQ(wire.connection->Awaits(), POLLOUT) << "no socket tells of what is here already";
  auto second = wire.Turn();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->head.target, "/b");
  wire.connection->Take({"two", {}, Then::kKeep}, wire.now);
  EXPECT_EQ(wire.Read(), "onetwo");
  EXPECT_FALSE(wire.Turn());
  EXPECT_EQ(wire.connection->Awaits(), POLLIN);
}

TEST(Connection, ItEndsWithItsThousandthRequest) {
  Wire wire;
  for (int i = 1; i <= 1000; ++i) {
    wire.Send(kGet);
    const auto question = wire.Turn();
    ASSERT_TRUE(question) << i;
    EXPECT_EQ(question->then == Then::kClose, i == 1000) << i;
    wire.connection->Take({"x", {}, question->then}, wire.now);
    EXPECT_EQ(wire.Read(), "x");
  }
  EXPECT_EQ(wire.connection->At(), Stage::kLingering);
}

TEST(Connection, TheTimeOfEachStageIsLimited) {
  Wire idle;
  idle.Pass(milliseconds{59'999});
  EXPECT_EQ(idle.connection->At(), Stage::kReading);
  idle.Pass(milliseconds{1});
  EXPECT_EQ(idle.connection->At(), Stage::kEnded);
  EXPECT_EQ(idle.Read(), "") << "in silence";

  Wire slow;
  for (int i = 0; i < 5; ++i) {
    slow.Send("G");
    slow.Turn();
    slow.Pass(milliseconds{999});
  }
  EXPECT_EQ(slow.connection->At(), Stage::kReading);
  slow.Pass(milliseconds{5});
  EXPECT_EQ(slow.refused, std::vector<std::string>{"slow"});
  EXPECT_TRUE(slow.Read().starts_with("HTTP/1.1 408 "));
  slow.Send("and on it goes");
  slow.Turn();
  EXPECT_EQ(slow.connection->At(), Stage::kLingering) << "its system must not throw away what we said";
  slow.Pass(milliseconds{500});
  EXPECT_EQ(slow.connection->At(), Stage::kEnded);
}

TEST(Connection, WhoTakesHisReplyHasAsLongAsHeGoesOn) {
  int made = 0;
  for (const bool reads : {false, true}) {
    Wire wire;
    wire.Send(kGet);
    ASSERT_TRUE(wire.Turn());
    wire.connection->Take(Endless(made), wire.now);
    for (int i = 0; i < 12 && wire.connection->At() == Stage::kSending; ++i) {
      wire.Turn();
      if (reads) wire.Read();
      wire.Pass(milliseconds{9'990});
    }
    EXPECT_EQ(wire.now.time_since_epoch(), reads ? milliseconds{119'880} : milliseconds{19'980}) << reads;
    wire.Pass(milliseconds{120});
    EXPECT_EQ(wire.connection->At(), Stage::kEnded) << reads;
  }
}

TEST(Connection, AReplyThatIsBeingMadeHasNoLimit) {
  Wire wire;
  wire.Send(kGet);
  ASSERT_TRUE(wire.Turn());
  wire.Pass(std::chrono::hours{24});
  EXPECT_EQ(wire.connection->At(), Stage::kAnswering);
}

TEST(Connection, WhoWantsToBeToldToGoOnIsToldOnce) {
  Wire wire;
  wire.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_FALSE(wire.Turn());
  EXPECT_EQ(wire.Read(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(wire.connection->Awaits(), POLLIN);
  wire.Send("a");
  EXPECT_FALSE(wire.Turn());
  wire.Send("b");
  EXPECT_TRUE(wire.Turn());
  EXPECT_EQ(wire.Read(), "");
}

TEST(Connection, APeerThatIsGoneEndsIt) {
  for (const char* before : {"", "GET / HT"}) {
    Wire wire;
    wire.Send(before);
    wire.Turn();
    wire.Shut();
    wire.Turn();
    EXPECT_EQ(wire.Read(), *before ? "HTTP/1.1 408 Refused\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\nthe request took too long\n"s : ""s);
    wire.Turn();
    EXPECT_EQ(wire.connection->At(), Stage::kEnded);
  }
  Wire wire;
  wire.Send(kGet);
  ASSERT_TRUE(wire.Turn());
  wire.Hang();
  wire.connection->Take({"nobody hears it", {}, Then::kKeep}, wire.now);
  EXPECT_EQ(wire.connection->At(), Stage::kEnded);
}

}  // namespace
}  // namespace batchslo
