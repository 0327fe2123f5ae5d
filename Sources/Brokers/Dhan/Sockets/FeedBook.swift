package import Trading

/// Ticks from packets. Open interest comes in packets of its own with some subscriptions, so the
/// last one is remembered. Bids and asks are not: an old one is no price.
package struct FeedBook: Sendable {
    private var openInterest: [InstrumentID: Int] = [:]

    package init() {}

    /// Nil for a packet without a price.
    package mutating func take(_ packet: FeedPacket, at time: EventTime) -> Tick? {
        switch packet {
        case .openInterest(let instrument, let units):
            openInterest[instrument] = units
            return nil
        case .price(let instrument, let update):
            if let units = update.openInterest { openInterest[instrument] = units }
            return tick(of: instrument, update, at: time)
        default: return nil
        }
    }

    package mutating func forget() { openInterest = [:] }

    private func tick(
        of instrument: InstrumentID, _ update: FeedUpdate, at time: EventTime
    ) -> Tick? {
        guard let ltp = update.ltp else { return nil }
        let best = update.depth.first
        let quote = Quote(
            ltp: ltp, bid: best?.bid, ask: best?.ask,
            bidQuantity: best?.bid == nil ? nil : best?.bidQuantity,
            askQuantity: best?.ask == nil ? nil : best?.askQuantity,
            openInterest: openInterest[instrument], at: time)
        return Tick(
            instrument: instrument, quote: quote, volume: update.volume,
            lastQuantity: update.lastQuantity, exchangeTime: update.tradedAt)
    }
}
