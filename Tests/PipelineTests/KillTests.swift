import Foundation
import Glibc
import Redis
import Support
import Testing
import Trading
import Workers

extension PipelineTests {
    @Suite struct `any worker may die` {
        private let folder: Folder

        init() throws { folder = try Folder() }

        private func fleet() throws -> Fleet {
            try Fleet(.generated(minutes: Reference.minutes, in: folder), in: folder)
        }

        @Test(arguments: [1, 2] as [UInt64])
        func `kill -9 of a random worker every two seconds gives the same trades`(
            seed: UInt64
        ) throws {
            let fleet = try fleet()
            for stage in StageName.all { try fleet.start(stage, name: "\(stage)-1") }
            var random = SplitMix64(seed: seed)
            // Slow enough for many deaths, also on a fast machine.
            let feed = try fleet.feed(speed: "50")
            var killed: [String] = []
            var next = ContinuousClock.now + .seconds(2)
            while feed.isAlive, killed.count < 120 {
                if ContinuousClock.now >= next {
                    let index = Int.random(in: fleet.workers.indices, using: &random)
                    try fleet.replace(index)
                    killed.append(fleet.workers[index].name)
                    next += .seconds(2)
                }
                usleep(5_000)
            }
            let status = try feed.end()
            #expect(status == 0, "\(feed.output)\(feed.errors)\(fleet.words)")
            #expect(killed.count >= 8)
            // A sender that dies between its mark and its call leaves an absent order: an entry that
            // is not made, or an attempt more. Then the trades are others, and closed all the same.
            if try absentOrders(of: fleet) == [] {
                #expect(
                    difference(try fleet.trades(), from: try Reference.trades()) == [],
                    "killed in this order: \(killed.joined(separator: ", "))")
            }
            #expect(try fleet.leftovers() == [])
        }

        private func absentOrders(of fleet: Fleet) throws -> [String] {
            try fleet.keys("sq:{0}:order:*").filter { key in
                try fleet.redis(RedisCommand("HGET", key, "status")).asOptionalString == "absent"
            }
        }

        @Test func `SIGTERM: a worker leaves within three seconds, and its leases with it`() throws
        {
            // A machine that stands still makes anybody late, but not each time.
            var late: [String] = []
            for _ in 1...5 {
                late = try leave()
                if late.isEmpty { break }
            }
            #expect(late == [])
        }

        /// - Returns: what shows that somebody was late: who leaves in time leaves nothing behind.
        private func leave() throws -> [String] {
            let fleet = try fleet()
            try fleet.start(name: "first")
            try fleet.wait(for: "the leases") { try fleet.keys("sq:{bus}:lease:*").count == 4 }
            try fleet.wait(for: "heartbeats") {
                try fleet.keys("sq:{bus}:worker:*").count == StageName.all.count
            }
            try fleet.start(name: "second")
            try fleet.wait(for: "the standby") {
                try fleet.keys("sq:{bus}:worker:*").count == 2 * StageName.all.count
            }
            let first = fleet.workers[0].program
            let asked = ContinuousClock.now
            first.signal(SIGTERM)
            #expect(try first.end(within: 60) == 0, "\(first.errors)")
            let elapsed = ContinuousClock.now - asked
            var late = try fleet.keys("sq:{bus}:worker:first:*")
            // The process itself names the threads that outlast their farewell. Beside those, it
            // takes the machine to be late.
            if first.errors.contains("left without") { late.append(first.errors) }
            if elapsed >= .seconds(15) { late.append("left after \(elapsed)") }
            // Given back, so taken over at once, and not when its life is over.
            try fleet.wait(for: "the second to hold all leases") {
                let keys = try fleet.keys("sq:{bus}:lease:*")
                let holders = try keys.map { key in
                    try fleet.redis(RedisCommand("GET", key)).asOptionalString
                }
                return keys.count == 4 && holders.allSatisfy { $0?.hasPrefix("second") ?? false }
            }
            fleet.workers[1].program.signal(SIGTERM)
            #expect(try fleet.workers[1].program.end(within: 60) == 0)
            return try late + fleet.keys("sq:{bus}:lease:*") + fleet.keys("sq:{bus}:worker*")
        }
    }
}
