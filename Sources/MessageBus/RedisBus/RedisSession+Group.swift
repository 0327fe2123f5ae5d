import Redis
import Trading

/// The reading of a session that follows nothing: commits and read share one connection, and leave
/// in one write.
extension RedisSession {
    func askGroup(on connection: RedisConnection, _ count: Int, _ block: Span) {
        if let group { connection.append(group.command(count: count, block: block)) }
    }

    func listenToGroup(
        on connection: RedisConnection, _ count: Int, _ block: Span, isUrgent: Bool
    ) throws(BusError) -> [Delivery] {
        if group != nil {
            return try read(on: connection, count: count, block: block, isUrgent: isUrgent)
        }
        if !isUrgent { rest(block) }
        return []
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
        let isReadingOwn = group?.isReadingOwn ?? false
        let block = isUrgent && isReadingOwn ? .zero : block
        while let reader = group {
            let isBlocking = block > .zero && !reader.isReadingOwn
            if isUrgent, isBlocking { link.unblock(connection, link.client) }
            let reply = try reply(on: connection, isBlocking ? block : .zero)
            let deliveries = try absorbGroup(reply)
            let isNothing = deliveries.isEmpty && !reply.hasLostGroup
            guard reader.isReadingOwn, isNothing else { return deliveries }
            askGroup(on: connection, count, block)
        }
        return []
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

/// What any read of the group comes to.
extension RedisSession {
    func absorbGroup(_ reply: RedisValue) throws(BusError) -> [Delivery] {
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

    /// Somebody has removed the stream or the group: everything begins anew.
    private func regroup() throws(BusError) {
        guard let reader = group else { return }
        try makeGroups(reader)
        group?.startAnew()
        link.notes.append(reader.noteOfLoss)
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
