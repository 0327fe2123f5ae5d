import Redis
import Trading

/// Turns of a session that follows streams. Each stream has a connection of its own, because
/// streams of several slots cannot stand in one read; a read that found nothing stays waiting
/// there when the turn ends.
extension RedisSession {
    /// How long a read waits on the server before it is sent again.
    private static let patience = Span.seconds(2)

    func followingTurn(
        _ commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn {
        let connection = try link.ready()
        let batch = Batch(commits, link.library)
        batch.append(to: connection)
        try translated { () throws(RedisError) in try connection.flush() }
        let wasWaiting = reads.map(\.isOutstanding)
        if held.isEmpty { try send(count, block > .zero ? Self.patience : .zero) }
        let replies = try batch.receive(from: connection)

        var problem: BusError?
        do throws(BusError) {
            if held.isEmpty { held = try readOwn(on: connection) }
            if held.isEmpty, block > .zero {
                let limit = Batch.needsAttention(replies) ? 0 : block.milliseconds
                held = try wait(count, limit)
            } else if held.isEmpty {
                held = try look(wasWaiting)
            }
        } catch {
            problem = error
        }
        let verdicts = try batch.verdicts(replies, through: link)
        if let problem {
            guard !commits.isEmpty else { throw problem }
            reset(after: problem)
            late = problem
        }
        return Turn(verdicts: verdicts, deliveries: handOut())
    }

    private var reads: [BlockedRead] { followers.map(\.read) + [groupRead] }

    private func handOut() -> [Delivery] {
        defer { held = [] }
        for follower in followers {
            guard let last = held.last(where: { $0.stream == follower.stream }) else { continue }
            follower.advance(to: last.id)
        }
        return held
    }

    private func send(_ count: Int, _ block: Span) throws(BusError) {
        for follower in followers {
            try follower.read.send(
                follower.command(count: count, block: block), through: link)
        }
        guard let group, !group.isReadingOwn else { return }
        try groupRead.send(group.command(count: count, block: block), through: link)
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

    private func absorbGroup(_ reply: RedisValue) throws(BusError) -> [Delivery] {
        guard var reader = group else { return [] }
        if reply.hasLostGroup {
            try regroup()
            return []
        }
        let deliveries = try readTranslated { () throws(RedisError) in
            try reader.absorb(reply.orThrow())
        }
        group = reader
        return deliveries
    }

    /// Waits for a first entry, for the interrupt, or for so many milliseconds.
    private func wait(_ count: Int, _ limit: Int) throws(BusError) -> [Delivery] {
        let end = WallClock.monotonic() + limit
        var left = limit
        while true {
            // A read whose own time is up, or a group whose history has been read meanwhile.
            try send(count, Self.patience)
            _ = RedisConnection.waitUntilReadable(
                reads.compactMap { $0.isOutstanding ? $0.connection : nil },
                alsoWake: wakeup.descriptor, timeout: max(0, left))
            let found = try collect()
            left = end - WallClock.monotonic()
            if !found.isEmpty || left <= 0 || wakeup.wasCalled() { return found }
        }
    }

    /// Everything that has arrived.
    private func collect() throws(BusError) -> [Delivery] {
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
    private func look(_ wasWaiting: [Bool]) throws(BusError) -> [Delivery] {
        var found: [Delivery] = []
        for (follower, isWaiting) in zip(followers, wasWaiting) {
            let reply = try follower.read.finish(through: link, isWaiting: isWaiting)
            if let reply { found += try absorb(reply, of: follower) }
        }
        let isWaiting = wasWaiting.last ?? false
        if let reply = try groupRead.finish(through: link, isWaiting: isWaiting) {
            found += try absorbGroup(reply)
        }
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
