import Foundation
import Redis
import Support
import Testing
import Workers

/// The whole pipeline, in real processes on a real Redis. One test at a time: each has a dozen
/// processes of its own.
@Suite(.serialized) enum PipelineTests {}

extension PipelineTests {
    @Suite struct `the same recording gives the same trades, price for price` {
        private let folder: Folder

        init() throws { folder = try Folder() }

        private func fleet(partitions: Int = 1) throws -> Fleet {
            let recording = try Recording.generated(
                minutes: Reference.minutes, partitions: partitions, in: folder)
            return try Fleet(recording, in: folder)
        }

        @Test func `the recording shows many kinds of exits of every account`() throws {
            let trades = try Reference.trades()
            #expect(trades.count >= 20)
            #expect(Set(trades.map(\.account)) == ["alpha", "bravo"])
            #expect(Set(trades.map(\.reason)).count >= 3, "\(Set(trades.map(\.reason)))")
            #expect(try Reference.trades(partitions: 2).count >= 20)
        }

        @Test func `as one process, a second time`() throws {
            let again = try replayAlone(
                .generated(minutes: Reference.minutes, in: folder), in: folder)
            #expect(difference(again, from: try Reference.trades()) == [])
        }

        /// P9: what paper does, live does.
        @Test func `over the broker's client and sockets at a simulator of DhanHQ`() throws {
            let recording = try Recording.generated(minutes: Reference.minutes, in: folder)
            let trades = try replayAlone(recording, "--broker", "dhan", in: folder)
            let gap = difference(trades, from: try Reference.trades())
            #expect(gap == [], "\(gap)")
        }

        @Test func `as one process per stage`() throws {
            let fleet = try fleet()
            for stage in StageName.all { try fleet.start(stage, name: "\(stage)-1") }
            #expect(difference(try fleet.replay(), from: try Reference.trades()) == [])
            #expect(try fleet.leftovers() == [])
        }

        @Test func `with three of each free-for-all stage`() throws {
            let fleet = try fleet()
            let shared = Set([
                StageName.entryGuard, StageName.exitEngine, StageName.gateway, StageName.hub,
                StageName.handler,
            ])
            for stage in StageName.all {
                for number in 1...(shared.contains(stage) ? 3 : 1) {
                    try fleet.start(stage, name: "\(stage)-\(number)")
                }
            }
            #expect(difference(try fleet.replay(), from: try Reference.trades()) == [])
            #expect(try fleet.leftovers() == [])
            // All of them have worked, not one for all.
            for stage in shared {
                let stream = try #require(Self.input[stage])
                let consumers = try fleet.redis(
                    RedisCommand("XINFO", "CONSUMERS", stream, stage)
                ).asArray
                #expect(consumers.count == 3, "\(stage)")
            }
        }

        /// A stream of each free-for-all stage.
        private static let input = [
            StageName.entryGuard: "sq:{bus}:signals", StageName.exitEngine: "sq:{0}:exits",
            StageName.gateway: "sq:{0}:orders:exit", StageName.hub: "sq:{0}:broker-events",
            StageName.handler: "sq:{0}:order-updates",
        ]

        @Test func `with two risk managers and two schedulers on two partitions`() throws {
            let fleet = try fleet(partitions: 2)
            let doubled = Set([StageName.scheduler, StageName.riskManager])
            for stage in StageName.all {
                for number in 1...(doubled.contains(stage) ? 2 : 1) {
                    try fleet.start(stage, name: "\(stage)-\(number)")
                }
            }
            let trades = try fleet.replay()
            #expect(difference(trades, from: try Reference.trades(partitions: 2)) == [])
            #expect(try fleet.leftovers() == [])
            // BANKNIFTY's ticks and NIFTY's lie in different partitions, each with a holder.
            for partition in 0..<2 {
                #expect(
                    try fleet.redis(RedisCommand("XLEN", "sq:{t\(partition)}:ticks")).asInteger > 0)
            }
            // A lease stands for three seconds.
            try fleet.wait(for: "five holders") {
                try fleet.keys("sq:{bus}:lease:*").filter { !$0.contains("janitor") }.count == 5
            }
            let symbols = Set(trades.map { $0.instrument })
            #expect(
                symbols.contains { $0.contains(":7") } && symbols.contains { $0.contains(":8") })
        }
    }
}
