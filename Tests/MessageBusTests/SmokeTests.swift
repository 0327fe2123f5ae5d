import MessageBus
import Redis
import Support
import Testing
import Trading

@Test func smoke() throws {
    try withRedis { server in
        let bus = RedisBus(endpoint: server.endpoint)
        let session = try bus.session("w1")
        let other = try bus.session("w2")
        let exits = Keys.exits(0)
        try session.join([exits, Keys.entryOrders(0)], group: "g", consumer: "a")
        var turn = try session.turn(committing: [], count: 10, block: .zero)
        #expect(turn.deliveries.isEmpty)
        let put = Commit(
            slot: .shard(0), owner: .anyone,
            changes: [Change(writes: [.append(exits, ["a": "b", "c": ""])])])
        #expect(try other.commit([put]) == [[.applied]])
        turn = try session.turn(committing: [], count: 10, block: .seconds(1))
        #expect(turn.deliveries.count == 1)
        let id = try #require(turn.deliveries.first?.id)
        let key = Key(.shard(0), "position:1")
        let done = Commit(
            slot: .shard(0), owner: .consumer(group: "g", name: "a"),
            changes: [
                Change(
                    acknowledges: Acknowledgement(exits, id), guards: [.absent(key)],
                    writes: [
                        .append(Keys.positions(0), ["x": "y"]), .set(key, ["rev": "1"]),
                        .add(key, field: "n", by: 3), .schedule(Keys.exitsDue(0), member: "m", at: 5),
                    ])
            ])
        turn = try session.turn(committing: [done], count: 10, block: .milliseconds(20))
        #expect(turn.verdicts == [[.applied]])
        turn = try session.turn(committing: [done], count: 10, block: .seconds(3))
        #expect(turn.verdicts == [[.lost]])
        let loaded = try session.load([
            .hash(key), .count(Keys.positions(0)), .groups(exits), .newest(exits),
            .newest(Keys.signals), .groups(Keys.signals), .due(Keys.exitsDue(0), limit: 3),
        ])
        print(loaded)
        print(try session.raise(Keys.fence(.shard(0), "r", 0)))
        #expect(try session.lease(Keys.lease("r", 0), holder: "me", life: .seconds(3)))
        #expect(try !other.lease(Keys.lease("r", 0), holder: "you", life: .seconds(3)))
        try session.beat(Keys.worker("x"), ["a": "b"], life: .seconds(3))
    }
}
