import Support
import Testing

extension IntegrationTests {
    /// The server looks by itself, soon after its start: `Storage.md` 8.
    struct HousekeepingTests {
        @Test func rowsOfNobodyGoAfterTheStart() throws {
            let postern = try RunningPostern()
            #expect(postern.stop() == 0)
            try postern.sql(
                "INSERT INTO used_quota (username, bytes, messages) VALUES ('nobody@gone.example', 1, 1);", on: "usage")
            try postern.start()
            #expect(
                Program.wait(atMost: .seconds(20)) {
                    postern.log.contains("housekeeping: 1 left-over or expired entries removed")
                }, "\(postern.log)")
            #expect(try postern.sql("SELECT count(*) FROM used_quota;", on: "usage") == "0\n")
            #expect(postern.stop() == 0)
        }
    }
}
