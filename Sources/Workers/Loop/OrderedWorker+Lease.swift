import Logging
import MessageBus
import Trading

/// Who holds the lease, and from when on.
extension OrderedWorker {
    /// Whether this worker is the holder; takes the lease over where it is free.
    func hold(at now: EventTime) throws(BusError) -> Bool {
        if let renewedAt = tenure?.renewedAt, now - renewedAt < Self.renewEvery { return true }
        guard try session.lease(lease, holder: holder, life: Self.leaseLife) else {
            if tenure != nil { failed() }
            pulse.update { $0.role = Role.standby }
            return false
        }
        if let tenure {
            if try isStill(tenure) {
                self.tenure?.renewedAt = now
                return true
            }
            let found = "the fence of \(lease) or a stream behind it is not what it was"
            say(["\(found): all is read anew"], log)
            failed()
        }
        try takeOver(at: now)
        return true
    }

    /// A flushed server has no fence, and a stream that was removed may begin again before this
    /// holder's cursor: it would read nothing, commit nothing and never be told.
    private func isStill(_ tenure: Tenure) throws(BusError) -> Bool {
        let stored = try session.load([.fields(fence, [Fence.epochField])]).answers.first
        guard case .fields(let fields)? = stored,
            fields[Fence.epochField] == String(tenure.epoch)
        else { return false }
        let newest = try newestEntries()
        return tenure.reached.allSatisfy { $0.value <= newest[$0.key] ?? .zero }
    }

    /// The newest id of each stream, also where its entry was trimmed.
    private func newestEntries() throws(BusError) -> [Key: EntryID] {
        let answers = try session.load(stage.streams.map { .newest($0) }).answers
        var newest: [Key: EntryID] = [:]
        for (stream, answer) in zip(stage.streams, answers) {
            if case .newest(let id) = answer { newest[stream] = id }
        }
        return newest
    }

    private func takeOver(at now: EventTime) throws(BusError) {
        let stored = try session.raise(fence)
        try stage.load(session)
        let newest = try newestEntries()
        var (cursors, reached): ([Key: EntryID], [Key: EntryID]) = ([:], [:])
        for stream in stage.streams {
            let cursor = stored.cursors[CursorMove.field(of: stream)] ?? .zero
            cursors[stream] = cursor
            // A cursor beyond the newest entry is of another stream, which was here before.
            let start = cursor <= newest[stream] ?? .zero ? cursor : .zero
            reached[stream] = start
            try session.follow(stream, after: start)
        }
        tenure = Tenure(epoch: stored.epoch, cursors: cursors, reached: reached, renewedAt: now)
        pulse.update { $0.role = Role.holder }
        log.info(
            "holds the lease",
            metadata: [
                "lease": "\(lease)", "epoch": "\(stored.epoch)", "worker": "\(holder)",
            ])
    }
}

/// What a worker of an ordered stage is just now.
enum Role {
    static let standby = "standby"
    static let holder = "holder"
}
