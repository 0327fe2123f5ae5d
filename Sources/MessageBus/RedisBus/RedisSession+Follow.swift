import Redis
import Trading

/// The reading of a session that follows streams. Each stream has a connection of its own, because
/// streams of several slots cannot stand in one read; a read that found nothing stays waiting
/// there when the turn ends.
extension RedisSession {
    /// How long a read waits on the server before it is sent again.
    private static let patience = Span.seconds(2)

    /// The commits leave first: they are what others wait for.
    func askAll(
        after connection: RedisConnection, _ count: Int, _ block: Span
    ) throws(BusError) {
        try translated { () throws(RedisError) in try connection.flush() }
        try send(count, block > .zero ? Self.patience : .zero)
    }

    func listenToAll(
        on connection: RedisConnection, _ count: Int, _ block: Span, isUrgent: Bool
    ) throws(BusError) -> [Delivery] {
        let own = try readOwn(on: connection)
        if !own.isEmpty { return own }
        return block > .zero ? try wait(count, isUrgent ? 0 : block.milliseconds) : try look()
    }

    private func send(_ count: Int, _ block: Span) throws(BusError) {
        for follower in followers {
            try follower.read.send(
                follower.command(count: count, block: block), isWaiting: block > .zero,
                through: link)
        }
        guard let group, !group.isReadingOwn else { return }
        try groupRead.send(
            group.command(count: count, block: block), isWaiting: block > .zero, through: link)
    }

    /// The group's own pending entries, which are there or not and need no wait.
    private func readOwn(on connection: RedisConnection) throws(BusError) -> [Delivery] {
        while let reader = group, reader.isReadingOwn {
            let reply = try translated { () throws(RedisError) in
                try connection.pipeline([reader.command(count: 1, block: .zero)]).at(0)
            }
            let deliveries = try absorbGroup(reply)
            if !deliveries.isEmpty || reply.hasLostGroup { return deliveries }
        }
        return []
    }

    /// Waits for a first entry, for the interrupt, or for so many milliseconds.
    private func wait(_ count: Int, _ limit: Int) throws(BusError) -> [Delivery] {
        let end = WallClock.monotonic() + limit
        var left = limit
        while true {
            // A read whose own time is up, or a group whose history has been read meanwhile.
            try send(count, Self.patience)
            let reads = followers.map(\.read) + [groupRead]
            _ = RedisConnection.waitUntilReadable(
                reads.compactMap { $0.isOutstanding ? $0.connection : nil },
                alsoWake: wakeup.descriptor, timeout: max(0, left))
            let found = try takeArrived()
            left = end - WallClock.monotonic()
            if !found.isEmpty || left <= 0 || wakeup.wasCalled() { return found }
        }
    }

    private func takeArrived() throws(BusError) -> [Delivery] {
        var found: [Delivery] = []
        for follower in followers {
            guard let reply = try follower.read.poll() else { continue }
            found += try absorb(reply, of: follower)
        }
        if let reply = try groupRead.poll() { found += try absorbGroup(reply) }
        return found
    }

    /// What is there now. A read that waits since an earlier turn is brought to an end, because
    /// only its reply tells that there is nothing.
    private func look() throws(BusError) -> [Delivery] {
        var found: [Delivery] = []
        for follower in followers {
            guard let reply = try follower.read.finish(through: link) else { continue }
            found += try absorb(reply, of: follower)
        }
        if let reply = try groupRead.finish(through: link) { found += try absorbGroup(reply) }
        return found
    }

    private func absorb(
        _ reply: RedisValue, of follower: Follower
    ) throws(BusError) -> [Delivery] {
        // The stream was removed while the read waited: the next read waits for a new one.
        guard !reply.hasLostGroup else { return [] }
        return try readTranslated { () throws(RedisError) in
            try follower.absorb(reply.orThrow())
        }
    }
}
