import Support
import Testing
import Trading

@testable import Brokers
@testable import squareoff

/// What servers and the broker say.
private enum Said {
    static let now = EventTime.at(8, 0)

    static func redisFindings(
        _ change: [String: String] = [:], fsync: String? = "always", skew: Int = 0,
        mends: String? = "no"
    ) -> [Finding] {
        var info = RedisChecks.parse(
            info: "# Server\r\nrole:master\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n"
                + "aof_last_write_status:ok\r\nloading:0\r\n")
        info.merge(change) { $1 }
        let config = ["appendfsync": fsync, "aof-load-truncated": mends]
        return RedisChecks(
            info: info, config: config.compactMapValues(\.self),
            clocks: (now, now + .milliseconds(skew))
        ).findings
    }

    static func profileOf(
        client: String = "1", hours: Int? = 12, derivatives: Bool = true, data: Bool = true
    ) -> Result<DhanProfile, DhanError> {
        .success(
            DhanProfile(
                clientID: client,
                tokenValidUntil: hours.map { now + .minutes(60 * $0) },
                segments: derivatives ? ["E", "D"] : ["E"], hasDataPlan: data,
                hasDerivatives: derivatives))
    }

    static let dead = Result<DhanProfile, DhanError>.failure(
        .refused(
            DhanRefusal(status: 400, code: "DH-906", text: "Invalid Token", trouble: .deadToken)))
}

@Suite("Doctor")
struct DoctorTests {
    @Test(
        "A server that may not keep the state",
        arguments: [
            ([:], "always", 0, [:]),
            ([:], "everysec", -500, [:]),
            (["aof_enabled": "0"], "always", 0, ["redis appendonly": "wrong"]),
            ([:], "no", 0, ["redis appendfsync": "wrong"]),
            ([:], nil, 0, ["redis appendfsync": "warning"]),
            (
                ["maxmemory_policy": "allkeys-lru"], "always", 0,
                ["redis maxmemory-policy": "wrong"]
            ),
            (["aof_last_write_status": "err"], "always", 0, ["redis writing": "wrong"]),
            (["rdb_last_bgsave_status": "err"], "always", 0, ["redis writing": "wrong"]),
            (["loading": "1"], "always", 0, ["redis writing": "wrong"]),
            (["role": "slave"], "always", 0, ["redis role": "wrong"]),
            ([:], "always", 501, ["clock": "warning"]),
            ([:], "always", -2_001, ["clock": "wrong"]),
        ] as [([String: String], String?, Int, [String: String])]
    )
    func redis(
        info: [String: String], fsync: String?, skew: Int, problems: [String: String]
    ) {
        let findings = Said.redisFindings(info, fsync: fsync, skew: skew)
        let found = findings.filter { $0.level != .ok }.map { ($0.check, $0.level.rawValue) }
        #expect(Dictionary(uniqueKeysWithValues: found) == problems)
        #expect(findings.allSatisfy { ($0.advice == nil) == ($0.level == .ok) })
    }

    @Test("A server that takes up behind half a commit", arguments: ["no", "yes", nil])
    func tail(mends: String?) {
        let found = Said.redisFindings(mends: mends).filter { $0.level != .ok }
        #expect(found.map(\.check) == (mends == "no" ? [] : ["redis aof-load-truncated"]))
        #expect(found.allSatisfy { $0.level == .warning })
    }

    @Test(
        "What the profile says",
        arguments: [
            (Said.profileOf(), [:]),
            (Said.profileOf(hours: 7), ["token": "warning"]),
            (Said.profileOf(hours: nil), ["token": "warning"]),
            (Said.profileOf(client: "2"), ["token": "wrong"]),
            (Said.profileOf(derivatives: false), ["segments": "wrong"]),
            (Said.profileOf(data: false), ["data plan": "wrong"]),
            (Said.dead, ["token": "wrong"]),
            (.failure(.unknown("timeout")), ["token": "wrong"]),
        ] as [(Result<DhanProfile, DhanError>, [String: String])]
    )
    func profile(answer: Result<DhanProfile, DhanError>, problems: [String: String]) {
        let findings = BrokerChecks.token(
            answer, clientID: "1", of: .file("/etc/squareoff/token"), now: Said.now)
        let found = findings.filter { $0.level != .ok }.map { ($0.check, $0.level.rawValue) }
        #expect(Dictionary(uniqueKeysWithValues: found) == problems)
    }

    @Test(
        "The address that orders come from",
        arguments: [
            // primary, secondary, seen, match, orders allowed
            ("10.0.0.1", "", "10.0.0.1", nil, nil, Finding.Level.ok),
            ("10.0.0.1", "10.0.0.2", "10.0.0.2", nil, true, .ok),
            ("10.0.0.1", "", nil, nil, true, .ok),
            ("10.0.0.1", "", nil, nil, nil, .warning),
            ("10.0.0.1", "", "10.0.0.9", nil, nil, .wrong),
            ("10.0.0.1", "", "10.0.0.1", nil, false, .wrong),
            ("10.0.0.1", "", "10.0.0.1", "PRIMARY_MATCH", false, .wrong),
            ("10.0.0.1", "", "10.0.0.9", "NO_MATCH", nil, .wrong),
            ("10.0.0.1", "", "10.0.0.1", "A_NEW_WORD", nil, .ok),
            ("10.0.0.1", "", nil, "PRIMARY_MATCH", nil, .ok),
            ("", "", "10.0.0.1", nil, nil, .warning),
            ("", "", "10.0.0.1", "PRIMARY_MATCH", true, .warning),
            // One address in two spellings.
            ("2001:db8::1", "", "2001:0DB8:0:0:0:0:0:1", nil, true, .ok),
            ("2001:db8::1", "", "2001:0DB8:0:0:0:0:0:1", "PRIMARY_MATCH", nil, .ok),
            ("10.0.0.1", "2001:db8::1", "2001:db8:0::1", "secondary_match", nil, .ok),
        ] as [(String, String, String?, String?, Bool?, Finding.Level)]
    )
    func address(
        primary: String, secondary: String, seen: String?, match: String?, allowed: Bool?,
        level: Finding.Level
    ) {
        let addresses = DhanAddresses(
            primary: primary, secondary: secondary, seen: seen, match: match,
            ordersAllowed: allowed)
        #expect(BrokerChecks.address(.success(addresses)).level == level)
    }

    @Test func `an address list that cannot be read is no proof of anything`() {
        #expect(BrokerChecks.address(.failure(.unknown("500"))).level == .warning)
    }

    @Test(
        "The broker's clock",
        arguments: [(0, Finding.Level.ok), (2, .ok), (-3, .warning), (11, .wrong)])
    func clock(seconds: Int, level: Finding.Level) {
        #expect(
            BrokerChecks.clock(Said.now, now: Said.now + .seconds(seconds)).level == level)
    }

    @Test func `a date of HTTP is read`() {
        #expect(EventTime(httpDate: "Mon, 15 Dec 2025 04:30:05 GMT") == .at(10, 0, 5))
        #expect(EventTime(httpDate: "Thu, 29 Feb 2024 23:59:59 GMT") != nil)
        #expect(BrokerChecks.clock(nil, now: Said.now).level == .warning)
    }

    @Test(
        "What is no date of HTTP",
        arguments: [
            "", "15 Dec 2025", "Mon, 15 Dez 2025 04:30:05 GMT", "Mon, 15 Dec 25 04:30:05 GMT",
            "Mon, 15 Dec 12025 04:30:05 GMT", "Mon, 15 Dec 0001 04:30:05 GMT",
            "Mon, 15 Dec 9223372036854775807 04:30:05 GMT",
            "Mon, 15 Dec -9223372036854775808 04:30:05 GMT",
            "Mon, 9223372036854775807 Dec 2025 04:30:05 GMT",
            "Mon, -9223372036854775808 Dec 2025 04:30:05 GMT",
            "Mon, 00 Dec 2025 04:30:05 GMT", "Mon, 32 Dec 2025 04:30:05 GMT",
            "Mon, +5 Dec 2025 04:30:05 GMT", "Mon, 29 Feb 2025 04:30:05 GMT",
            "Mon, 15 Dec 2025 24:00:00 GMT", "Mon, 15 Dec 2025 04:60:00 GMT",
            "Mon, 15 Dec 2025 99999999999999999999:00:00 GMT",
        ])
    func hostile(date: String) {
        #expect(EventTime(httpDate: date) == nil)
    }

    @Test func `a kill switch that is on, funds that are short, a socket that ended`() {
        #expect(BrokerChecks.killSwitch(.success(true)).level == .wrong)
        #expect(BrokerChecks.killSwitch(.success(false)).level == .ok)
        let funds = DhanFunds(
            available: .rupees(99), collateral: .zero, utilized: .zero, startOfDay: .zero,
            withdrawable: .zero)
        #expect(BrokerChecks.funds(.success(funds), capital: .rupees(100)).level == .warning)
        #expect(BrokerChecks.funds(.success(funds), capital: .rupees(99)).level == .ok)
        #expect(BrokerChecks.socket("feed", opened: true, end: nil).level == .ok)
        #expect(BrokerChecks.socket("feed", opened: true, end: "429").level == .wrong)
        #expect(BrokerChecks.socket("feed", opened: false, end: nil).level == .wrong)
    }

    @Test func `each line says what to do, as a table and as JSON`() {
        let findings = [Finding.ok("a", "fine"), .wrong("b", "bad", "mend it")]
        #expect(findings.sheet.text.contains("mend it"))
        #expect(findings.sheet.json.contains("\"advice\": \"mend it\""))
    }
}
