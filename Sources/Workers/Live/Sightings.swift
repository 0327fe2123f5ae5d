import Trading

/// What was last seen of each instrument, so that a dead price is not taken for a new one.
///
/// A quote over REST and the packet after a subscription show the last trade and the book as they
/// stand, however old they are. Only what differs from the last one seen, or has just traded, says
/// that the market lives.
struct Sightings {
    fileprivate struct Sight {
        var last: Price
        var bid: Price?
        var ask: Price?
        var bidQuantity: Quantity?
        var askQuantity: Quantity?
        var volume: Int?
        var tradedAt: EventTime?

        init(_ tick: Tick) {
            last = tick.quote.ltp
            (bid, bidQuantity) = (tick.quote.bid, tick.quote.bidQuantity)
            (ask, askQuantity) = (tick.quote.ask, tick.quote.askQuantity)
            (volume, tradedAt) = (tick.volume, tick.exchangeTime)
        }
    }
    private var sights: [InstrumentID: Sight] = [:]
    /// A last trade this long ago is as good as one of now. The exchange's clock is another one.
    private let youth: Span

    init(youth: Span) { self.youth = youth }

    /// Whether it is a price of its time, and not one from before.
    mutating func isNews(_ tick: Tick) -> Bool {
        let new = Sight(tick)
        let known = sights[tick.instrument]
        sights[tick.instrument] = known.map { new.filled(by: $0) } ?? new
        return known.map(new.differs) ?? false || isYoung(new.tradedAt, at: tick.quote.at)
    }

    mutating func forget() { sights = [:] }

    private func isYoung(_ trade: EventTime?, at now: EventTime) -> Bool {
        guard let trade else { return false }
        return (trade < now ? now - trade : trade - now) < youth
    }
}

extension Sightings.Sight {
    /// In something that both tell: packets of one kind carry less than those of another.
    fileprivate func differs(from old: Self) -> Bool {
        func differs<Value: Equatable>(_ path: KeyPath<Self, Value?>) -> Bool {
            guard let new = self[keyPath: path], let old = old[keyPath: path] else { return false }
            return new != old
        }
        return last != old.last || differs(\.bid) || differs(\.ask) || differs(\.bidQuantity)
            || differs(\.askQuantity) || differs(\.volume) || differs(\.tradedAt)
    }

    fileprivate func filled(by old: Self) -> Self {
        var filled = self
        filled.bid = bid ?? old.bid
        filled.ask = ask ?? old.ask
        filled.bidQuantity = bidQuantity ?? old.bidQuantity
        filled.askQuantity = askQuantity ?? old.askQuantity
        filled.volume = volume ?? old.volume
        filled.tradedAt = tradedAt ?? old.tradedAt
        return filled
    }
}
