"""What somebody sees who begins: rights that are missing, tables that are there."""
from case import MariadbTest
from sql_peer import FirstHourOnEach


class FirstHour(FirstHourOnEach, MariadbTest):
    def schema(self):
        return self.database

    def nothing_granted(self):
        self.server.sql("revoke select on %s.* from slo@'%%'" % self.database)
        self.sql("create table door (n int); grant select on door to slo@'%'")  # else it may not even enter the database
