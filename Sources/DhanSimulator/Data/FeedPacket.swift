import Trading

/// The market feed's binary packets: little endian, a header of eight bytes, prices in 32 bits.
struct FeedPacket {
    /// What a connection has asked to see of an instrument.
    enum Mode: Int, Sendable {
        case ticker = 15
        /// Of an older version of the feed.
        case depth = 19
        case quote = 17
        case full = 21
    }

    private(set) var bytes: [UInt8] = []

    /// The messages that one tick gives.
    static func messages(
        _ mode: Mode, _ tick: Tick, _ row: MarketBook.Row?, isJoined: Bool
    ) -> [[UInt8]] {
        let first =
            switch mode {
            case .ticker: ticker(tick)
            case .depth: depth(tick)
            case .quote: quote(tick, row)
            case .full: full(tick, row)
            }
        if isJoined { return [first.bytes + openInterest(tick).bytes] }
        return mode == .quote ? [first.bytes, openInterest(tick).bytes] : [first.bytes]
    }

    static func ticker(_ tick: Tick) -> FeedPacket {
        var packet = FeedPacket(2, 16, tick.instrument)
        packet.put(tick.quote.ltp)
        packet.put32(tick.tradedAt)
        return packet
    }

    static func previousClose(_ instrument: InstrumentID, _ row: MarketBook.Row) -> FeedPacket {
        var packet = FeedPacket(6, 16, instrument)
        packet.put(row.previousClose)
        packet.put32(0)
        return packet
    }

    static func disconnect(_ reason: Int) -> FeedPacket {
        var packet = FeedPacket(50, 10, InstrumentID(.index, "0"))
        packet.put16(reason)
        return packet
    }

    /// Nothing but its header: it says that something has changed.
    static func marketStatus(_ segment: Segment) -> FeedPacket {
        FeedPacket(7, 8, InstrumentID(segment, "0"))
    }

    /// What a client has to step over: a heartbeat, an index packet (its layout is not documented,
    /// its length is in its header), a market status.
    static let foreign = [
        FeedPacket(0, 8, InstrumentID(.index, "0")).bytes,
        FeedPacket(1, 32, InstrumentID(.index, "13")).bytes + [UInt8](repeating: 0, count: 24),
        marketStatus(.nseDerivatives).bytes,
    ]

    private static func depth(_ tick: Tick) -> FeedPacket {
        var packet = FeedPacket(3, 112, tick.instrument)
        packet.put(tick.quote.ltp)
        packet.putLevels(tick.quote)
        return packet
    }

    private static func openInterest(_ tick: Tick) -> FeedPacket {
        var packet = FeedPacket(5, 12, tick.instrument)
        packet.put32(tick.quote.openInterest ?? 0)
        return packet
    }

    private static func quote(_ tick: Tick, _ row: MarketBook.Row?) -> FeedPacket {
        var packet = FeedPacket(4, 50, tick.instrument)
        packet.putTrades(tick, row)
        packet.putDay(row)
        return packet
    }

    private static func full(_ tick: Tick, _ row: MarketBook.Row?) -> FeedPacket {
        var packet = FeedPacket(8, 162, tick.instrument)
        packet.putTrades(tick, row)
        for _ in 0..<3 { packet.put32(tick.quote.openInterest ?? 0) }
        packet.putDay(row)
        packet.putLevels(tick.quote)
        return packet
    }

    private init(_ code: UInt8, _ length: Int, _ instrument: InstrumentID) {
        bytes.reserveCapacity(length)
        bytes.append(code)
        put16(length)
        bytes.append(instrument.segment.feedCode)
        put32(Int(instrument.securityID) ?? 0)
    }

    private mutating func putTrades(_ tick: Tick, _ row: MarketBook.Row?) {
        put(tick.quote.ltp)
        // Sixteen bits, whatever was traded.
        put16((tick.lastQuantity?.units ?? row?.lastQuantity ?? 0) & 0xFFFF)
        put32(tick.tradedAt)
        put(tick.quote.ltp)
        put32(tick.volume ?? row?.volume ?? 0)
        put32(tick.quote.askQuantity?.units ?? 0)
        put32(tick.quote.bidQuantity?.units ?? 0)
    }

    private mutating func putDay(_ row: MarketBook.Row?) {
        put(row?.open)
        // The session's before, all day long.
        put(row?.previousClose)
        put(row?.high)
        put(row?.low)
    }

    /// The best price, and four levels of nothing.
    private mutating func putLevels(_ quote: Quote) {
        putLevel(quote.bid, quote.bidQuantity, quote.ask, quote.askQuantity)
        for _ in 1..<5 { putLevel(nil, nil, nil, nil) }
    }

    private mutating func putLevel(
        _ bid: Price?, _ bidQuantity: Quantity?, _ ask: Price?, _ askQuantity: Quantity?
    ) {
        put32(bidQuantity?.units ?? 0)
        put32(askQuantity?.units ?? 0)
        put16(bid == nil ? 0 : 1)
        put16(ask == nil ? 0 : 1)
        put(bid)
        put(ask)
    }

    private mutating func put(_ price: Price?) {
        let hundredths = price?.paise ?? 0
        let number = Float(hundredths) / 100
        put32(Int(number.bitPattern))
    }

    private mutating func put16(_ value: Int) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }

    private mutating func put32(_ value: Int) {
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }
}

extension Tick {
    /// Seconds since the epoch, counted on India's wall clock: five and a half hours ahead.
    fileprivate var tradedAt: Int {
        ((exchangeTime ?? quote.at) + .seconds(19_800)).milliseconds / 1_000
    }
}

extension Segment {
    fileprivate var feedCode: UInt8 {
        switch self {
        case .index: 0
        case .nseEquity: 1
        case .nseDerivatives: 2
        case .nseCurrency: 3
        case .bseEquity: 4
        case .mcxCommodity: 5
        case .bseCurrency: 7
        case .bseDerivatives: 8
        }
    }
}
