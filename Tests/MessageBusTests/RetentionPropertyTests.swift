import Testing

/// Whatever readers do, and whenever a stream is cut, each of them sees each entry.
@Suite struct RetentionPropertyTests {
    private func run(_ backend: Backend, seed: UInt64, steps: Int) throws -> Int {
        var dropped = 0
        try withBench(backend) { bench in
            let world = try RetentionWorld(bench, seed: seed)
            for step in 0..<steps {
                try world.step()
                if step == steps * 3 / 4 { try world.joinLate() }
            }
            dropped = world.dropped
            #expect(try world.lost() == [])
        }
        return dropped
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `no cut drops what somebody has still to read or to settle`(seed: UInt64) throws {
        _ = try run(.memory, seed: seed, steps: 400)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `nor does one of the server`(seed: UInt64) throws {
        _ = try run(.redis, seed: seed, steps: 300)
    }

    @Test func `and the cuts of these runs do drop something`() throws {
        let dropped = try (0..<20).map { try run(.memory, seed: $0, steps: 400) }
        #expect(dropped.filter { $0 > 0 }.count > 15, "\(dropped)")
    }
}
