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
    private static let index: IndexName = "BANKNIFTY"

    func desk() throws -> Desk {
        let names = (0..<accounts).map { "  bench\($0): { capital: 90000000, strategies: [s] }" }
        let yaml = """
            indices: [\(Self.index)]
            accounts:
            \(names.joined(separator: "\n"))
            strategies:
              s: { indices: [\(Self.index)] }
            exits: { chase_after: 60s }
            gateway:
              { per_second: 9000, per_minute: 90000, per_hour: 90000, per_day: 90000,
                poll_every: 60s }
            paper: { latency: 0ms }
            """
        return Desk(try SquareoffSettings.parse(yaml, name: "bench"))
    }

    var positions: [PositionTracker] {
        (0..<accounts).flatMap { account in (0..<contracts).map { position(account, $0) } }
    }

    func tick(of contract: Int, at price: Price, _ time: EventTime) -> Tick {
        Tick(
            instrument: instrument(contract).id,
            quote: Quote(
                ltp: price, bid: price, ask: price + Price(paise: 50),
                bidQuantity: Quantity(3_500), askQuantity: Quantity(3_500), openInterest: 100_000,
                at: time),
            volume: 1_000_000, lastQuantity: Quantity(35), exchangeTime: time)
    }

    /// What the entry guard and the handler would have left.
    /// - Parameter run: the server's: positions of another one are looked up before they exit.
    func commits(in run: RunID?) -> [Commit] {
        let list = (0..<contracts).map(instrument)
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

    private func instrument(_ number: Int) -> Instrument {
        Instrument(
            id: InstrumentID(.nseDerivatives, String(50_000 + number)),
            symbol: "\(Self.index)-\(number)-CE", index: Self.index,
            kind: .option(
                OptionContract(
                    expiry: expiry, strike: Price(paise: (59_500 + number) * 100_00 / 100),
                    side: .call)),
            lot: Quantity(35), tickSize: Price(paise: 5), freezeQuantity: Quantity(600))
    }

    private var expiry: Day { Day(number: openedAt.day.number + 20) }

    private func position(_ account: Int, _ contract: Int) -> PositionTracker {
        let instrument = instrument(contract)
        let owner = AccountID("bench\(account)")
        let signal = SignalID("bench-\(contract)-\(openedAt.text)")
        var position = PositionTracker(
            id: PositionID(signal: signal, account: owner, day: openedAt.day), account: owner,
            strategy: "s", signal: signal, index: Self.index,
            contract: PositionTracker.Contract(
                instrument: instrument.id, symbol: instrument.symbol, side: .call, expiry: expiry,
                lot: Quantity(35), tickSize: Price(paise: 5), freezeQuantity: Quantity(600)),
            quantity: Quantity(35), reserved: Self.kept * Quantity(35), createdAt: openedAt)
        position.status = .active
        position.rev = 1
        position.entry.quantity = Quantity(35)
        position.entry.value = Self.kept * Quantity(35)
        position.openedAt = openedAt
        return position
    }
}
