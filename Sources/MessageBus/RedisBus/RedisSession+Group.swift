import Redis
import Trading

extension RedisSession {
    /// Commits and reads on one connection, in one write.
    func groupTurn(
        _ commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn {
        let connection = try link.ready()
        let batch = Batch(commits, link.library)
        batch.append(to: connection)
        let isReading = held.isEmpty && group != nil
        if isReading, let group { connection.append(group.command(count: count, block: block)) }
        let replies = try batch.receive(from: connection)

        var problem: BusError?
        if isReading {
            do throws(BusError) {
                let isUrgent = Batch.needsAttention(replies)
                held = try read(on: connection, count: count, block: block, isUrgent: isUrgent)
            } catch {
                problem = error
            }
        }
        if group == nil, !Batch.needsAttention(replies) { rest(block) }
        // Refused commits leave what was read to the next turn.
        let verdicts = try batch.verdicts(replies, through: link)
        if let problem {
            guard !commits.isEmpty else { throw problem }
            reset(after: problem)
            late = problem
        }
        defer { held = [] }
        return Turn(verdicts: verdicts, deliveries: held)
    }

    /// The wait of a session that reads nothing and only has timers.
    private func rest(_ block: Span) {
        guard block > .zero else { return }
        _ = RedisConnection.waitUntilReadable(
            [], alsoWake: wakeup.descriptor, timeout: block.milliseconds)
        _ = wakeup.wasCalled()
    }

    /// Receives the reply to the read that was sent, and goes on from history that is through.
    private func read(
        on connection: RedisConnection, count: Int, block: Span, isUrgent: Bool
    ) throws(BusError) -> [Delivery] {
        guard var reader = group else { return [] }
        let block = isUrgent && reader.isReadingOwn ? .zero : block
        while true {
            let isBlocking = block > .zero && !reader.isReadingOwn
            if isUrgent, isBlocking { link.unblock(connection, link.client) }
            let reply = try reply(on: connection, isBlocking ? block : .zero)
            if reply.hasLostGroup {
                try regroup()
                return []
            }
            let wasReadingOwn = reader.isReadingOwn
            let deliveries = try readTranslated { () throws(RedisError) in
                try reader.absorb(reply.orThrow())
            }
            group = reader
            guard wasReadingOwn, deliveries.isEmpty else { return deliveries }
            connection.append(reader.command(count: count, block: block))
        }
    }

    /// The next reply, or an end of the wait by the interrupt.
    private func reply(
        on connection: RedisConnection, _ block: Span
    ) throws(BusError) -> RedisValue {
        try translated { () throws(RedisError) in
            try connection.flush()
            let end = WallClock.monotonic() + block.milliseconds
            var left = block.milliseconds
            while left > 0 {
                let ready = RedisConnection.waitUntilReadable(
                    [connection], alsoWake: wakeup.descriptor, timeout: left)
                if !ready.isEmpty, let reply = try connection.tryReceive() { return reply }
                if wakeup.wasCalled() {
                    link.unblock(connection, link.client)
                    break
                }
                left = end - WallClock.monotonic()
            }
            return try connection.receive()
        }
    }
}

extension RedisSession {
    /// Somebody has removed the stream or the group: everything begins anew.
    func regroup() throws(BusError) {
        guard let reader = group else { return }
        try makeGroups(reader)
        group?.startAnew()
        link.notes.append("group \(reader.group) was gone and is made anew at the beginning")
    }
}

/// A stream that cannot be read is no entry's fault.
func readTranslated<Value>(_ step: () throws(RedisError) -> Value) throws(BusError) -> Value {
    do throws(BusError) {
        return try translated(step)
    } catch {
        if case .refused(let text) = error { throw .denied(text) }
        throw error
    }
}

extension RedisValue {
    /// The stream or the group was removed while we read or waited.
    var hasLostGroup: Bool {
        guard case .error(let error) = self else { return false }
        return error.code == .noGroup || error.code == .unblocked
    }
}
