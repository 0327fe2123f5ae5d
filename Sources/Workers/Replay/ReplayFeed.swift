package import MessageBus
package import Trading

/// Plays ticks through the pipeline on event time.
///
/// The clock stands at each step until everything has been worked off: then it moves to the
/// earlier of the next tick, the next due time and the next whole second. So what a replay does
/// depends on the data alone, and not on how fast the workers are, how many there are, or
/// whether some of them die on the way.
package final class ReplayFeed {
    package struct Progress: Sendable {
        package var ticks = 0
        package var steps = 0
        package var clock = EventTime(milliseconds: 0)
        package var bad: [TickFile.BadLine] = []
        package var badCount = 0
        package var unknown: [InstrumentID: Int] = [:]
        /// The file ended in the middle; what came before was played.
        package var damage: FileError?
        /// What the feed waits for just now.
        package var waitingFor: [String] = []
    }

    package private(set) var progress = Progress()
    private let desk: Desk
    private let session: any BusSession
    private let source: any TickSource
    private let writer: MarketWriter
    private var settling: Settling
    private let instruments: [Instrument]
    private let pace: Pace
    private var pacer: Pacer
    private let venue: (any ReplayVenue)?
    private let onProgress: (Progress) -> Void
    private let onStep: (EventTime) -> Void

    private var pending: Tick?
    private var newest: [Key: EntryID] = [:]
    /// Those of them that were written since the last look; nil when more than ticks was written.
    private var written: [Key: EntryID]?

    /// The first few are shown, all are counted.
    private static let shownBadLines = 5
    /// How long the clock goes on after the last tick while something is open.
    private static let longestTail = Span.minutes(10)
    private static let second = 1_000

    package init(
        _ desk: Desk, session: any BusSession, source: any TickSource,
        instruments: [Instrument], pace: Pace = .max, venue: (any ReplayVenue)? = nil,
        onProgress: @escaping (Progress) -> Void = { _ in },
        onStep: @escaping (EventTime) -> Void = { _ in }
    ) {
        self.desk = desk
        self.session = session
        self.source = source
        self.instruments = instruments
        self.pace = pace
        self.venue = venue
        pacer = Pacer(pace, from: EventTime(milliseconds: 0))
        self.onProgress = onProgress
        self.onStep = onStep
        writer = MarketWriter(desk.keys, InstrumentList(instruments))
        settling = Settling(desk)
    }

    package func run() throws(ReplayError) {
        guard let first = try nextTick() else { throw .noTicks }
        pending = first
        try begin(at: first.quote.at)
        var last = first.quote.at
        while true {
            let look = try settle()
            let mark = EventTime(
                milliseconds: (progress.clock.milliseconds / Self.second + 1) * Self.second)
            let event = min(mark, look.nextDue ?? mark)
            if let tick = pending, tick.quote.at < event {
                last = tick.quote.at
                try play(at: last)
            } else {
                if pending == nil {
                    let isOver = try isOver(look)
                    if isOver || event - last > Self.longestTail { return }
                }
                try advance(to: event, isDue: look.nextDue.map { $0 <= event } ?? false)
            }
        }
    }
}

extension ReplayFeed {
    /// The next tick of a listed instrument.
    private func nextTick() throws(ReplayError) -> Tick? {
        while true {
            let row: TickFile.Row?
            do throws(FileError) {
                row = try source.next()
            } catch {
                progress.damage = error
                return nil
            }
            switch row {
            case nil: return nil
            case .bad(let line):
                progress.badCount += 1
                if progress.bad.count < Self.shownBadLines { progress.bad.append(line) }
            case .tick(let tick):
                if writer.partition(of: tick.instrument) != nil { return tick }
                progress.unknown[tick.instrument, default: 0] += 1
            }
        }
    }

    private func begin(at time: EventTime) throws(ReplayError) {
        for partition in 0..<desk.keys.partitions {
            let stream = Keys.ticks(partition)
            // A later day may follow on one that was played here.
            if case .newest(let newest)? = try load([.newest(stream)]).first,
                newest.milliseconds >= time.milliseconds
            {
                throw .usedBus("\(stream) already holds ticks up to \(newest.text)")
            }
        }
        // Contracts expire; their last prices would stay for ever.
        try commit(
            (0..<desk.keys.partitions).map { partition in
                Commit(
                    slot: .partition(partition), owner: .anyone,
                    changes: [Change(writes: [.delete(Keys.ltp(partition))])])
            })
        progress.clock = EventTime(milliseconds: time.milliseconds / Self.second * Self.second)
        pacer = Pacer(pace, from: progress.clock)
        try commit([
            Commit(
                slot: .bus, owner: .anyone,
                changes: [
                    Change(
                        writes: InstrumentBook.writes(instruments) + [
                            .setText(Keys.clock, progress.clock.text)
                        ])
                ])
        ])
    }

    /// All ticks of one instant and one partition, in one step.
    private func play(at time: EventTime) throws(ReplayError) {
        var batch: [Tick] = []
        var partition: Int?
        while let tick = pending, tick.quote.at == time {
            let own = writer.partition(of: tick.instrument)
            if let partition, own != partition { break }
            partition = own
            batch.append(tick)
            pending = try nextTick()
        }
        guard let partition else { return }
        pacer.wait(until: time)
        onStep(time)
        venue?.step(to: time, batch)
        try commit([clockCommit(time), writer.commit(batch, partition: partition)])
        wrote(batch.count, at: time, partition)
        progress.clock = time
        progress.ticks += batch.count
        progress.steps += 1
        onProgress(progress)
    }

    /// The server numbers the entries of one millisecond.
    private func wrote(_ count: Int, at time: EventTime, _ partition: Int) {
        let stream = Keys.ticks(partition)
        let last = newest[stream] ?? .zero
        let id =
            last.milliseconds == time.milliseconds
            ? EntryID(last.milliseconds, last.sequence + count)
            : EntryID(time.milliseconds, count - 1)
        newest[stream] = id
        written?[stream] = id
    }

    /// The clock moves without a tick: each partition hears of it by itself, so that what two of
    /// them decide at one instant keeps one order.
    private func advance(to time: EventTime, isDue: Bool) throws(ReplayError) {
        pacer.wait(until: time)
        onStep(time)
        venue?.step(to: time, [])
        progress.clock = time
        progress.steps += 1
        var first = [clockCommit(time)]
        if isDue {
            first += (0..<desk.keys.shards).map { wakes(shard: $0, at: time) }
            written = nil
        }
        if time.milliseconds % Self.second != 0 {
            try commit(first)
            return
        }
        for partition in 0..<desk.keys.partitions {
            try commit(first + [writer.commit(clock: time, partition: partition)])
            wrote(1, at: time, partition)
            first = []
            if partition + 1 < desk.keys.partitions { _ = try settle() }
        }
        onProgress(progress)
    }

    private func clockCommit(_ time: EventTime) -> Commit {
        Commit(
            slot: .bus, owner: .anyone,
            changes: [Change(writes: [.setText(Keys.clock, time.text)])])
    }

    private func wakes(shard: Int, at time: EventTime) -> Commit {
        let streams = [
            Keys.paperRequests(shard), Keys.exits(shard), Keys.exitOrders(shard),
        ]
        return Commit(
            slot: .shard(shard), owner: .anyone,
            changes: [Change(writes: streams.map { .append($0, Wake.fields(at: time)) })])
    }

    /// Nothing is open, nothing is due.
    private func isOver(_ look: Settling.Look) throws(ReplayError) -> Bool {
        guard look.nextDue == nil else { return false }
        let open = try load(
            desk.accounts.values.map { .count(Keys.open(desk.keys.shard(of: $0.id), $0.id)) })
        return open.allSatisfy { if case .number(let count) = $0 { count ?? 0 == 0 } else { true } }
    }

    private func settle() throws(ReplayError) -> Settling.Look {
        var patience = Patience()
        while true {
            let look = try look()
            if look.open.isEmpty {
                progress.waitingFor = []
                written = [:]
                return look
            }
            if patience.isLong { written = nil }
            if patience.isLong {
                progress.waitingFor = look.open
                onProgress(progress)
            }
            patience.pause(afterGlance: look.isGlance)
        }
    }

    private func look() throws(ReplayError) -> Settling.Look {
        var settling = settling
        let written = written
        // The broker first: what it has said by now is in the streams that are looked at next.
        let open = venue?.open ?? []
        guard open.isEmpty else { return Settling.Look(now: progress.clock, open: open) }
        var look = try retrying { session throws(BusError) in
            try settling.look(session, written: written)
        }
        self.settling = settling
        guard let venue, look.open.isEmpty else { return look }
        // Something may have been sent to it meanwhile.
        look.open = venue.open
        look.nextDue = [look.nextDue, venue.nextDue].compactMap { $0 }.min()
        return look
    }

    private func load(_ queries: [Query]) throws(ReplayError) -> [Answer] {
        try retrying { session throws(BusError) in try session.load(queries).answers }
    }

    /// A commit of the feed is not repeated blindly: a tick must not be written twice.
    private func commit(_ commits: [Commit]) throws(ReplayError) {
        do throws(BusError) {
            _ = try session.commit(commits)
        } catch {
            throw .bus("\(error)")
        }
    }

    private func retrying<Value>(
        _ body: (any BusSession) throws(BusError) -> Value
    ) throws(ReplayError) -> Value {
        var failures = 0
        while true {
            do throws(BusError) {
                return try body(session)
            } catch {
                failures += 1
                if case .refused = error { throw .bus("\(error)") }
                if failures > 20 { throw .bus("\(error)") }
                Pacer.sleep(.milliseconds(50 * failures))
            }
        }
    }
}

package enum ReplayError: Error, Sendable, CustomStringConvertible {
    case noTicks
    case usedBus(String)
    case bus(String)

    package var description: String {
        switch self {
        case .noTicks: "no tick of a listed instrument in the whole input"
        case .usedBus(let what): "\(what); a replay needs a Redis database of its own"
        case .bus(let what): "Redis: \(what)"
        }
    }
}
