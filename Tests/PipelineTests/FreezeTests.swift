import Glibc
import MessageBus
import Redis
import Support
import Testing
import Trading

extension PipelineTests {
    @Suite struct `any worker may freeze` {
        private let folder: Folder
        private let stage = "exit-engine"

        init() throws { folder = try Folder() }

        private func consumer(_ name: String) -> String { "\(name):\(stage)-0" }

        /// Whether the worker's read waits at the server.
        private func isBlocked(_ name: String, _ fleet: Fleet) throws -> Bool {
            try fleet.redis(RedisCommand("CLIENT", "LIST")).asString.split(separator: "\n")
                .contains {
                    $0.contains("name=squareoff:\(consumer(name)) ") && $0.contains(" flags=b")
                }
        }

        private func pending(_ fleet: Fleet) throws -> [String] {
            let rows = try fleet.redis(
                RedisCommand("XPENDING", Keys.exits(0).text, stage, "-", "+", 9)
            ).asArray
            return try rows.map { try $0.asArray[1].asString }
        }

        private func ask(_ position: PositionTracker, _ fleet: Fleet) throws {
            let request = ExitRequest(
                position: position.id, account: position.account, reason: .manual,
                evidence: "test", askedBy: "person:test", at: position.createdAt)
            var command = RedisCommand("XADD", Keys.exits(0).text, "*")
            for pair in request.fields.pairs { command.append([pair.name, pair.value]) }
            _ = try fleet.redis(command)
        }

        /// What is read while the worker is stopped is delivered to it all the same.
        ///
        /// - Returns: the place of the position whose exit the stopped worker has in hand. It has
        ///   handled one exit for each position before.
        private func freeze(
            _ worker: Fleet.Worker, asking positions: ArraySlice<PositionTracker>, _ fleet: Fleet
        ) throws -> Int {
            for (place, position) in zip(positions.indices, positions) {
                try fleet.wait(for: "a read that waits") { try isBlocked(worker.name, fleet) }
                worker.program.signal(SIGSTOP)
                try ask(position, fleet)
                if try pending(fleet) == [consumer(worker.name)] { return place }
                // Its read had just ended by itself.
                worker.program.signal(SIGCONT)
                try fleet.wait(for: "the exit") { try isExiting(position, fleet) }
            }
            throw NotFrozen()
        }

        private struct NotFrozen: Error {}

        private func isExiting(_ position: PositionTracker, _ fleet: Fleet) throws -> Bool {
            try fleet.hash(Keys.position(0, position.id).text)["status"] == "exiting"
        }

        @Test func `past its claim it commits nothing, and then works on`() throws {
            // No order goes out, and nobody looks after one: each read waits for its full time.
            let recording = try Recording.generated(
                minutes: 1, settings: "\nexits: { chase_after: 10m }\n", in: folder)
            let fleet = try Fleet(recording, in: folder)
            // A read that waits ends by itself twice a second: one of thirty is stopped in time.
            let positions = (10...40).map {
                Fixtures.position(signal: SignalID("supertrend-BANKNIFTY-17657730000\($0)"))
            }
            let last = try #require(positions.last)
            for position in positions {
                var command = RedisCommand("HSET", Keys.position(0, position.id).text)
                for pair in position.fields.pairs { command.append([pair.name, pair.value]) }
                _ = try fleet.redis(command)
            }
            try fleet.start(stage, name: "a")
            let place = try freeze(fleet.workers[0], asking: positions.dropLast(), fleet)
            let frozen = positions[place]
            try fleet.start(stage, name: "b")
            try fleet.wait(for: "b to claim what a has") { try isExiting(frozen, fleet) }
            let lock = try fleet.redis(RedisCommand("GET", Keys.exitLock(0, frozen.id).text))
            #expect(try lock.asString.hasPrefix("worker=\(consumer("b")) "))

            // Awake, it learns that the entry is not its own, and takes the next one.
            fleet.workers[0].program.signal(SIGCONT)
            try fleet.wait(for: "a to have decided") {
                let beat = try fleet.hash(Keys.worker(consumer("a")).text)
                return beat["handled"].flatMap { Int($0) } ?? 0 > place
            }
            fleet.workers[1].program.kill()
            try ask(last, fleet)
            try fleet.wait(for: "the next exit") { try isExiting(last, fleet) }
            var orders: [String] = []
            for position in positions where try isExiting(position, fleet) {
                orders.append("\(position.id)-x1-1")
            }
            let sent = try fleet.entries(Keys.exitOrders(0)).compactMap { $0["order"] }
            #expect(sent.sorted() == orders.sorted())
            #expect(try fleet.keys("sq:*dead-letters") == [])
        }
    }
}
