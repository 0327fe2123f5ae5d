import MessageBus
import Redis
import Support
import Testing
import Trading

extension PipelineTests {
    /// Seven sessions on one server, each with contracts of its own. What stays for days in life
    /// stays for seconds here.
    @Suite struct `a week of trading` {
        private let folder: Folder

        init() throws { folder = try Folder() }

        /// From Wednesday 11 February 2026, without the weekend.
        private static let days = [0, 1, 2, 5, 6, 7, 8]
        private static let short = """

            retention:
              ticks: 1s
              streams: 1s
              alarms: 1s
              records: 2s
              sweep_every: 500ms
            """

        private func day(_ day: Int) throws -> Recording {
            try .generated(minutes: 14, day: day, settings: Self.short, in: folder)
        }

        @Test func `each day leaves in Redis what the second one left`() throws {
            let fleet = try Fleet(day(0), in: folder)
            try fleet.start(name: "all")
            var left: [Leftover] = []
            var orders = 0
            for number in Self.days {
                fleet.recording = try day(number)
                let feed = try fleet.feed()
                #expect(try feed.end() == 0, "\(feed.errors)")
                let sent = try fleet.added(to: Keys.exitOrders(0))
                #expect(sent > orders, "no exit on day \(number)")
                orders = sent
                try fleet.wait(for: "the end of what day \(number) left") {
                    try fleet.isSwept()
                }
                left.append(try Leftover(fleet))
            }
            // Ticks are cut three seconds after they were seen to be read, or with the next day.
            try fleet.wait(for: "the end of the ticks") {
                try fleet.length(of: Keys.ticks(0)) < 60
            }
            let most = left.prefix(2).map(\.bytes).max() ?? 0
            for day in left.dropFirst(2) {
                #expect(day.keys == left[1].keys, "\(left)")
                #expect(day.bytes < most * 21 / 20, "\(left)")
            }
        }
    }
}

/// What is in Redis after a day.
private struct Leftover {
    /// By family: how many keys.
    var keys: [String: Int] = [:]
    /// Ticks are cut later; of what people read, the last second before the newest entry stays.
    private static let untimed: Set<String> = ["ticks", "alarms", "dead-letters"]
    /// Come and go by the wall's clock: a comparison of each account, and what stands for two or
    /// three seconds unless somebody is late.
    private static let passing: Set<String> = ["reconciled", "worker", "lease"]
    /// Of all other keys together.
    var bytes = 0
    var usedMemory = 0

    init(_ fleet: Fleet) throws {
        let schemas = try Schemas()
        for key in try fleet.keys("sq:*") {
            let family = schemas.families(of: key).first?.name ?? key
            if Self.passing.contains(family) { continue }
            keys[family, default: 0] += 1
            if Self.untimed.contains(family) { continue }
            // All elements are counted, not the usual five of them.
            let usage = RedisCommand("MEMORY", "USAGE", key, "SAMPLES", 0)
            bytes += try fleet.redis(usage).asInteger
        }
        let info = try fleet.redis(RedisCommand("INFO", "memory")).asString
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("used_memory:") }
        usedMemory = line.flatMap { Int($0.dropFirst("used_memory:".count)) } ?? 0
    }
}

extension Fleet {
    /// How many entries the stream ever had.
    fileprivate func added(to stream: Key) throws -> Int {
        let facts = try redis(RedisCommand("XINFO", "STREAM", stream.text)).asArray
        let place = facts.firstIndex(of: .string("entries-added"))
        return try place.map { try facts[$0 + 1].asInteger } ?? 0
    }

    fileprivate func length(of stream: Key) throws -> Int { try length(of: stream.text) }

    private func length(of stream: String) throws -> Int {
        try redis(RedisCommand("XLEN", stream)).asInteger
    }

    /// Each stream is as short as its readers and its time allow, and what has ended is gone.
    fileprivate func isSwept() throws -> Bool {
        let finished = ["position", "order", "order-number", "verdict", "account", "paper:order"]
        for family in finished where try !keys("sq:{*}:\(family):*").isEmpty { return false }
        for key in try keys("sq:*")
        where try redis(RedisCommand("TYPE", key)).asString == "stream" {
            if [":ticks", ":alarms", ":dead-letters"].contains(where: key.hasSuffix) { continue }
            if try length(of: key) > 1 { return false }
        }
        return true
    }
}
