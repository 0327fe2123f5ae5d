import MessageBus
import Settings
import Trading
import Workers

/// Open positions for a run: so many accounts, each with one position on each of so many calls.
/// A premium of 100.00 keeps them, one of 60.00 is below their stop.
struct BenchBook {
    let accounts: Int
    let contracts: Int
    /// After this time, ticks count.
    let openedAt: EventTime

    static let kept = Price(paise: 100_00)
    static let lost = Price(paise: 60_00)
    private var calls: MadeUpCalls { MadeUpCalls(openedAt: openedAt) }

    func desk() throws -> Desk { Desk(try settings()) }

    func settings() throws -> SquareoffSettings {
        let names = (0..<accounts).map { "  bench\($0): { capital: 90000000, strategies: [s] }" }
        let yaml = """
            indices: [\(MadeUpCalls.index)]
            accounts:
            \(names.joined(separator: "\n"))
            strategies:
              s: { indices: [\(MadeUpCalls.index)] }
            exits: { chase_after: 60s }
            gateway:
              { per_second: 9000, per_minute: 90000, per_hour: 90000, per_day: 90000,
                poll_every: 60s }
            paper: { latency: 0ms }
            """
        return try SquareoffSettings.parse(yaml, name: "bench")
    }

    var positions: [PositionTracker] {
        (0..<accounts).flatMap { account in (0..<contracts).map { position(account, $0) } }
    }

    func tick(of contract: Int, at price: Price, _ time: EventTime) -> Tick {
        calls.tick(of: contract, at: price, time)
    }

    /// What the entry guard and the handler would have left.
    /// - Parameter run: the server's: positions of another one are looked up before they exit.
    func commits(in run: RunID?) -> [Commit] {
        let list = (0..<contracts).map(calls.instrument)
        let named = Fields(list.map { Fields.Pair(name: $0.id.text, value: $0.text) })
        return [
            Commit(
                slot: .bus, owner: .anyone,
                changes: [Change(writes: [.set(Keys.instruments, named)])]),
            Commit(
                slot: .shard(0), owner: .anyone,
                changes: positions.map { position in
                    var position = position
                    position.run = run
                    return Change(writes: [
                        .set(Keys.position(0, position.id), position.fields),
                        .addMember(Keys.open(0, position.account), position.id.text),
                    ])
                }),
        ]
    }

    private func position(_ account: Int, _ contract: Int) -> PositionTracker {
        let instrument = calls.instrument(contract)
        let owner = AccountID("bench\(account)")
        let signal = SignalID("bench-\(contract)-\(openedAt.text)")
        var position = PositionTracker(
            id: PositionID(signal: signal, account: owner, day: openedAt.day), account: owner,
            strategy: "s", signal: signal, index: MadeUpCalls.index,
            contract: PositionTracker.Contract(
                instrument: instrument.id, symbol: instrument.symbol, side: .call,
                expiry: calls.expiry,
                lot: MadeUpCalls.lot, tickSize: Price(paise: 5), freezeQuantity: Quantity(600)),
            quantity: MadeUpCalls.lot, reserved: Self.kept * MadeUpCalls.lot, createdAt: openedAt)
        position.status = .active
        position.rev = 1
        position.entry.quantity = MadeUpCalls.lot
        position.entry.value = Self.kept * MadeUpCalls.lot
        position.openedAt = openedAt
        return position
    }
}
