package import Trading

/// A made-up session: indices that drift and turn, and the options around their spot, quoted
/// every four seconds. The same seed gives the same ticks.
///
/// Not a market model: it has trends that a strategy finds, reversals that a stop feels, spreads
/// and premiums of a plausible size, and needs no file.
package final class GeneratedSession: TickSource {
    package struct Underlying: Sendable {
        package var index: MarketIndex
        package var spot: Price
        package var strikeStep: Price
        package var lot: Quantity
        package var freezeQuantity: Quantity
        package var expiry: Day
        /// The time value at the money.
        package var timeValue: Price
    }

    package static let day = Day(2026, 2, 11)
    private static let strikesEachSide = 8
    private static let quotedEachSide = 3
    private static let every = Span.seconds(4)

    package let instruments: [Instrument]
    private var random: SplitMix64
    private var walks: [Walk]
    private var queue: [Tick] = []
    private var now: EventTime
    private let end: EventTime

    package init(seed: UInt64, calendar: TradingCalendar = .derivatives) {
        random = SplitMix64(seed: seed)
        walks = Self.underlyings().map(Walk.init)
        instruments = walks.flatMap(\.instruments)
        now = EventTime(Self.day, TimeOfDay(9, 15))
        end =
            if case .open(let session) = calendar.session(on: Self.day) { session.closesAt } else {
                now
            }
    }

    package func next() throws(FileError) -> TickFile.Row? {
        while queue.isEmpty {
            guard now < end else { return nil }
            for index in walks.indices {
                walks[index].step(&random)
                queue += walks[index].ticks(at: now, &random)
            }
            now = now + Self.every
        }
        return .tick(queue.removeFirst())
    }

    private static func underlyings() -> [Underlying] {
        [
            ("BANKNIFTY", 60_000, 100, 30, 600, Day(2026, 2, 24), 420),
            ("NIFTY", 25_700, 50, 65, 1_755, Day(2026, 2, 17), 140),
        ].compactMap { name, spot, step, lot, freeze, expiry, value in
            MarketIndex.named(IndexName(name)).map {
                Underlying(
                    index: $0, spot: Price(paise: spot * 100), strikeStep: Price(paise: step * 100),
                    lot: Quantity(lot), freezeQuantity: Quantity(freeze), expiry: expiry,
                    timeValue: Price(paise: value * 100))
            }
        }
    }
}

extension GeneratedSession {
    /// One index on its way, and its option chain.
    private struct Walk {
        let underlying: Underlying
        let instruments: [Instrument]
        private var spot: Int
        /// Paise a step, and for how many steps more.
        private var drift = 0
        private var left = 0

        init(_ underlying: Underlying) {
            self.underlying = underlying
            spot = underlying.spot.paise
            instruments = Self.chain(of: underlying)
        }

        mutating func step(_ random: inout SplitMix64) {
            if left == 0 {
                // A trend of 5 to 40 minutes.
                left = Int.random(in: 75...600, using: &random)
                drift = Int.random(in: -12...12, using: &random) * underlying.spot.paise / 5_000_000
            }
            left -= 1
            let noise = (0..<4).reduce(0) { sum, _ in
                sum + Int.random(in: -100...100, using: &random)
            }
            spot += drift + noise * underlying.spot.paise / 5_000_000
        }

        func ticks(at now: EventTime, _ random: inout SplitMix64) -> [Tick] {
            let center = spot / underlying.strikeStep.paise * underlying.strikeStep.paise
            let reach = GeneratedSession.quotedEachSide * underlying.strikeStep.paise
            var ticks = [
                Tick(
                    instrument: underlying.index.id,
                    quote: Quote(ltp: Price(paise: spot), at: now))
            ]
            for instrument in instruments {
                guard let option = instrument.option, abs(option.strike.paise - center) <= reach
                else { continue }
                ticks.append(tick(of: instrument, option, at: now, &random))
            }
            return ticks
        }

        private func tick(
            of instrument: Instrument, _ option: OptionContract, at now: EventTime,
            _ random: inout SplitMix64
        ) -> Tick {
            let distance = spot - option.strike.paise
            let intrinsic = max(0, option.side == .call ? distance : -distance)
            let scale = underlying.spot.paise / 100
            let share = scale * scale / (scale * scale / 1_000 + distance * distance / 1_000)
            let value = intrinsic + underlying.timeValue.paise * share / 1_000
            let tick = instrument.tickSize
            let middle = Price(paise: max(value, 500))
            let half = max(tick.paise, middle.paise / 1_000)
            let bid = Price(paise: middle.paise - half).roundedDown(to: tick)
            let ask = Price(paise: middle.paise + half).roundedUp(to: tick)
            let lot = underlying.lot.units
            return Tick(
                instrument: instrument.id,
                quote: Quote(
                    ltp: Bool.random(using: &random) ? bid : ask, bid: bid, ask: ask,
                    bidQuantity: Quantity(lot * Int.random(in: 1...40, using: &random)),
                    askQuantity: Quantity(lot * Int.random(in: 1...40, using: &random)),
                    openInterest: 250_000, at: now))
        }

        private static func chain(of underlying: Underlying) -> [Instrument] {
            let name = underlying.index.name
            let reach = GeneratedSession.strikesEachSide
            return (-reach...reach).flatMap { offset in
                OptionSide.allCases.map { side in
                    let strike = Price(
                        paise: underlying.spot.paise + offset * underlying.strikeStep.paise)
                    let place = (offset + reach) * 2 + (side == .call ? 0 : 1)
                    return Instrument(
                        id: InstrumentID(
                            underlying.index.exchange.derivatives,
                            "\(name == "NIFTY" ? 70_000 + place : 80_000 + place)"),
                        symbol: "\(name)-Feb2026-\(strike.paise / 100)-\(side.text)",
                        index: name,
                        kind: .option(
                            OptionContract(expiry: underlying.expiry, strike: strike, side: side)),
                        lot: underlying.lot, tickSize: Price(paise: 5),
                        freezeQuantity: underlying.freezeQuantity)
                }
            }
        }
    }
}
