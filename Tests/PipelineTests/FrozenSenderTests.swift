import Glibc
import MessageBus
import Proxy
import Redis
import Support
import Testing
import Trading

extension PipelineTests {
    /// A sender's life: no order is called absent while its sender could still send it.
    @Suite struct `a gateway may freeze between its mark and its call` {
        private let folder: Folder

        init() throws { folder = try Folder() }

        /// A position whose first exit attempt is claimed, as the exit engine leaves it.
        private func claim(_ fleet: Fleet) throws -> PositionTracker {
            var position = Fixtures.position(
                .exiting, quantity: 70, openedAt: .at(10, 0), expiry: Day(2999, 12, 30),
                account: "alpha")
            position.exitAttempt = 1
            position.exitSlices = 1
            position.exit.working = 1
            position.exitClaimedAt = .at(10, 5)
            position.rev = 1
            let bus = RedisBus(endpoint: fleet.server.endpoint)
            let session = try bus.session("test")
            // Younger than the server's run: no other gateway can have sent its exit.
            position.run = session.serverRun
            var order = OrderFixtures.exitOrder(.accepted, of: position)
            order.account = position.account
            order.rev = 1
            let request = OrderRequest(
                order: order.id, account: order.account, action: .place, at: .at(10, 5),
                trace: order.trace)
            let verdicts = try session.commit([
                Commit(
                    slot: .shard(0), owner: .anyone,
                    changes: [
                        Change(writes: [
                            .append(Keys.exitOrders(0), request.fields),
                            .set(Keys.position(0, position.id), position.fields),
                            .set(Keys.order(0, order.id), order.fields),
                        ])
                    ])
            ])
            #expect(verdicts == [[.applied]])
            return position
        }

        @Test func `it is dead before its order can be called absent, and the exit goes on`()
            throws
        {
            // Long enough that it still lives when it is stopped.
            let recording = try Recording.generated(minutes: 1, senderLife: "10s", in: folder)
            let fleet = try Fleet(recording, in: folder)
            let proxy = try RedisProxy(to: fleet.server)
            defer { proxy.stop() }
            // The mark is stored, and the gateway never learns of it: it has not called yet.
            proxy.next(1, .request, containing: "sending", .silenceReply)
            let sender = try Program(
                [
                    "run", "--stage", "gateway", "--name", "frozen", "--config",
                    fleet.recording.config, "--redis",
                    "unix://\(fleet.server.directory)/proxy.sock",
                ], in: folder.path)
            try fleet.wait(for: "the gateway") {
                try !fleet.keys("sq:{bus}:worker:frozen:gateway-0").isEmpty
            }
            let position = try claim(fleet)
            let first = CorrelationID(position.id, .exit, attempt: 1, slice: 1)
            func status() throws -> String? {
                try fleet.hash(Keys.order(0, first).text)["status"]
            }
            try fleet.wait(for: "the mark") { try status() == "sending" }
            sender.signal(SIGSTOP)
            #expect(sender.isAlive && proxy.hits == 1)

            // Others look at the order all the while.
            try fleet.start("gateway", "order-update-handler", "exit-engine", name: "living")
            try fleet.wait(for: "somebody to give the sender up") { try status() != "sending" }
            // It was killed before that; to be gone, it needs the machine once more.
            #expect(try sender.end(within: 60) == -Int(SIGKILL))
            let next = CorrelationID(position.id, .exit, attempt: 2, slice: 1)
            try fleet.wait(for: "the next attempt") {
                try !fleet.hash(Keys.order(0, next).text).isEmpty
            }
            #expect(try status() == "absent")
            try fleet.wait(for: "the paper broker to have it") {
                try !fleet.keys("sq:{0}:paper:order:*").isEmpty
            }
            let placed = try fleet.keys("sq:{0}:paper:order:*").map { try fleet.hash($0)["order"] }
            #expect(placed == [next.text])
        }
    }
}
