import Redis
package import Trading

/// A session on Redis: one connection for commands, and one more for each followed stream.
package final class RedisSession: BusSession {
    let link: RedisLink
    let wakeup: Wakeup
    var group: GroupReader?
    /// Its own connection beside followed streams; alone, it reads on the one for commands.
    let groupRead = BlockedRead()
    var followers: [Follower] = []
    /// Read, and not handed out because the turn that read them failed.
    var held: [Delivery] = []

    init(_ link: RedisLink) throws(BusError) {
        self.link = link
        wakeup = try Wakeup()
        _ = try link.ready()
    }

    package var interrupt: any BusInterrupt { wakeup }
    package var wall: EventTime { WallClock.now() }
    package var steady: EventTime { EventTime(milliseconds: WallClock.monotonic()) }
    package var serverRun: RunID? { link.serverRun }

    package func takeNotes() -> [String] {
        defer { link.notes = [] }
        return link.notes
    }

    package func join(
        _ streams: [Key], group: String, consumer: String
    ) throws(BusError) {
        let reader = GroupReader(streams, group: group, consumer: consumer)
        self.group = reader
        held = []
        try guarded { () throws(BusError) in try makeGroups(reader) }
    }

    package func follow(_ stream: Key, after cursor: EntryID) throws(BusError) {
        followers.removeAll { $0.stream == stream }
        followers.append(Follower(stream, after: cursor))
        held.removeAll { $0.stream == stream }
    }

    package func unfollow() {
        for follower in followers { follower.read.disconnect() }
        followers = []
        held = []
    }

    package func turn(
        committing commits: [Commit], count: Int, block: Span
    ) throws(BusError) -> Turn {
        try guarded { () throws(BusError) in
            let connection = try link.ready()
            let batch = Batch(commits, link.library)
            batch.append(to: connection)
            if held.isEmpty { try ask(on: connection, count, block) }
            let replies = try batch.receive(from: connection)
            var loss: BusError?
            if held.isEmpty {
                do throws(BusError) {
                    held = try listen(
                        on: connection, count, block, isUrgent: Batch.needsAttention(replies))
                } catch {
                    loss = error
                }
            }
            // Refused commits leave what was read to the next turn.
            let verdicts = try batch.verdicts(replies, through: link)
            if let loss {
                guard !commits.isEmpty else { throw loss }
                reset(after: loss)
            }
            return Turn(verdicts: verdicts, deliveries: handOut(), loss: loss)
        }
    }

    package func commit(_ commits: [Commit]) throws(BusError) -> [[CommitVerdict]] {
        guard !commits.isEmpty else { return [] }
        return try guarded { () throws(BusError) in
            let connection = try link.ready()
            let batch = Batch(commits, link.library)
            batch.append(to: connection)
            return try batch.verdicts(try batch.receive(from: connection), through: link)
        }
    }

    package func load(_ queries: [Query]) throws(BusError) -> Loaded {
        try guarded { () throws(BusError) in
            let replies = try link.pipeline(
                Self.clock + queries.map { $0.command(link.library) })
            return try translated { () throws(RedisError) in try loaded(queries, replies) }
        }
    }

    /// In front of each load.
    static let clock = [RedisCommand("TIME"), RedisCommand("GET", Keys.clock.text)]

    private func loaded(
        _ queries: [Query], _ replies: [RedisValue]
    ) throws(RedisError) -> Loaded {
        // The server's clock, which all hosts have in common: what one stores, another judges.
        let wall = try Replies.time(replies.at(0))
        let clock = try replies.at(1).asOptionalString.flatMap { EventTime(text: $0) }
        var answers: [Answer] = []
        answers.reserveCapacity(queries.count)
        for (query, reply) in zip(queries, replies.dropFirst(2)) {
            answers.append(try query.answer(reply))
        }
        return Loaded(now: clock ?? wall, wall: wall, answers: answers)
    }
}

/// The steps of a turn: what it reads differs with followed streams and without.
extension RedisSession {
    private func ask(
        on connection: RedisConnection, _ count: Int, _ block: Span
    ) throws(BusError) {
        if followers.isEmpty {
            askGroup(on: connection, count, block)
        } else {
            try askAll(after: connection, count, block)
        }
    }

    /// - Parameter isUrgent: a commit was not applied as a whole, which the worker must learn
    ///   before any new entry comes.
    private func listen(
        on connection: RedisConnection, _ count: Int, _ block: Span, isUrgent: Bool
    ) throws(BusError) -> [Delivery] {
        followers.isEmpty
            ? try listenToGroup(on: connection, count, block, isUrgent: isUrgent)
            : try listenToAll(on: connection, count, block, isUrgent: isUrgent)
    }

    private func handOut() -> [Delivery] {
        defer { held = [] }
        for follower in followers {
            guard let last = held.last(where: { $0.stream == follower.stream }) else { continue }
            follower.advance(to: last.id)
        }
        return held
    }
}

extension RedisSession {
    /// Runs a step. An error that leaves the connection in doubt brings the session to its first
    /// state.
    func guarded<Value>(_ step: () throws(BusError) -> Value) throws(BusError) -> Value {
        do throws(BusError) {
            return try step()
        } catch {
            reset(after: error)
            throw error
        }
    }

    func reset(after error: BusError) {
        switch error {
        // Replies that are still to come would be taken for those to later commands.
        case .refused, .denied: if !link.isAwaitingReplies { return }
        case .retry, .unknown: break
        }
        link.close()
        group?.startAnew()
        groupRead.disconnect()
        held = []
        for follower in followers { follower.read.disconnect() }
    }

    /// Creates the groups that are missing, at 0. Which entries a group had acknowledged is known
    /// to nobody once the group is gone: any later id would be a guess, and an entry below it
    /// would never be read. One that was read before meets its guards, and retention bounds how
    /// many there are.
    func makeGroups(_ reader: GroupReader) throws(BusError) {
        let replies = try link.pipeline(
            reader.streams.map {
                RedisCommand("XGROUP", "CREATE", $0.text, reader.group, "0", "MKSTREAM")
            })
        try translated { () throws(RedisError) in
            for reply in replies {
                // A full server refuses even a group that exists; reading will tell.
                if case .error(let error) = reply, error.code == .busyGroup { continue }
                if case .error(let error) = reply, error.code == .outOfMemory { continue }
                _ = try reply.orThrow()
            }
        }
    }
}
