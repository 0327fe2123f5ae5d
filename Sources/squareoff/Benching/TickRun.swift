import MessageBus
import Trading
import Workers

/// A risk manager on a bus in memory, with a thousand open positions on a hundred contracts.
struct TickRun {
    private let stage: RiskManagerStage
    private let watch: RiskWatch
    private let session: any BusSession
    private let book: BenchBook
    /// Wednesday 25 November 2026, 10:00 in India.
    private static let opened = EventTime(milliseconds: 1_795_581_000_000)
    private static let batch = 256

    init() throws {
        book = BenchBook(accounts: 10, contracts: 100, openedAt: Self.opened)
        session = MemoryBus(wall: Self.opened).session("bench")
        _ = try session.commit(book.commits(in: session.serverRun))
        let desk = try book.desk()
        stage = RiskManagerStage(desk, partition: 0, shard: 0)
        try stage.load(session)
        watch = RiskWatch(desk)
        for position in book.positions { watch.replace(position.id, with: position) }
    }

    private func ticks() -> [Tick] {
        (0..<Self.batch * 16).map { number in
            book.tick(
                of: number % book.contracts, at: BenchBook.kept + Price(paise: number % 5 * 5),
                Self.opened + .milliseconds(1_000 + number))
        }
    }

    /// Ticks evaluated a second: every rule, on every position of the tick's contract.
    func evaluated(_ count: Int) throws -> Double {
        let ticks = ticks()
        var began = 0
        for number in 0..<count + ticks.count {
            if number == ticks.count { began = Nanoseconds.now() }
            watch.take(ticks[number % ticks.count])
            if number % Self.batch == 0 { _ = watch.forgetOutcome() }
        }
        return Double(count) * 1e9 / Double(Nanoseconds.now() - began)
    }

    /// Ticks decoded, evaluated and turned into changes, a second.
    func decided(_ ticks: Int) throws -> Double {
        let entries = self.ticks().map { tick in
            Delivery(
                stream: Keys.ticks(0), id: EntryID(tick.quote.at.milliseconds, 0),
                fields: tick.fields)
        }
        var done = 0
        var began = 0
        // The first thousand marks a new peak everywhere; that is not the steady state.
        while done < ticks + entries.count {
            if done == entries.count { began = Nanoseconds.now() }
            let start = done % entries.count
            let batch = Array(entries[start..<start + Self.batch])
            _ = try stage.decide(batch, due: [], session)
            done += Self.batch
        }
        return Double(done - entries.count) * 1e9 / Double(Nanoseconds.now() - began)
    }
}
