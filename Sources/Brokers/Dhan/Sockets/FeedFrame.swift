package import Trading

/// A frame of the market feed: packets one behind the other, walked by the length that each one
/// tells. A packet that is not believed is left out, its neighbours are not.
package struct FeedFrame: Sendable, Hashable {
    package private(set) var packets: [FeedPacket] = []
    package private(set) var refusals: [FeedRefusal] = []

    private static let headerLength = 8

    /// - Parameter step: the step of an instrument's prices, which they are rounded to.
    package init(_ bytes: [UInt8], step: (InstrumentID) -> Price? = { _ in nil }) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= Self.headerLength else {
                refusals.append(.truncated(left: rest.count))
                return
            }
            let length = FeedBytes(rest).short(at: 1)
            guard (Self.headerLength...rest.count).contains(length) else {
                refusals.append(.truncated(left: rest.count))
                return
            }
            do throws(FeedRefusal) {
                packets.append(try FeedPacket(rest.prefix(length), step: step))
            } catch {
                refusals.append(error)
            }
            rest = rest.dropFirst(length)
        }
    }
}

extension FeedPacket {
    private static let tickerLength = 16

    /// The lengths of the kinds whose layout is known.
    private static let lengths = [
        2: tickerLength, 3: 112, 4: 50, 5: 12, 6: 16, 7: 8, 8: 162, 50: 10,
    ]

    fileprivate init(
        _ packet: ArraySlice<UInt8>, step: (InstrumentID) -> Price?
    ) throws(FeedRefusal) {
        let bytes = FeedBytes(packet)
        let code = bytes.byte(at: 0)
        if let length = Self.lengths[code], packet.count != length {
            throw .length(packet.count, code: code)
        }
        switch code {
        case 0: self = .heartbeat
        case 7: self = .marketStatus
        case 50: self = .disconnect(FeedReason(code: bytes.short(at: 8)))
        // Nobody has told the layout of an index packet; a long enough one begins as a ticker's.
        case 1 where packet.count < Self.tickerLength: self = .other(code: code)
        case 1...6, 8:
            let instrument = try bytes.instrument
            let step = instrument.segment == .index ? nil : step(instrument)
            try self.init(code, of: instrument, bytes, step: step ?? FeedPrice.paisa)
        default: self = .other(code: code)
        }
    }

    private init(
        _ code: Int, of instrument: InstrumentID, _ bytes: FeedBytes, step: Price
    ) throws(FeedRefusal) {
        switch code {
        case 3: self = .price(instrument, try bytes.legacyDepth(step))
        case 4: self = .price(instrument, try bytes.quote(step, dayAt: 34))
        case 5: self = .openInterest(instrument, bytes.word(at: 8))
        case 6:
            let close = try bytes.price(at: 8, step: step)
            self = .previousClose(instrument, close, openInterest: bytes.word(at: 12))
        case 8: self = .price(instrument, try bytes.full(step))
        default: self = .price(instrument, try bytes.ticker(step))
        }
    }
}

extension FeedBytes {
    fileprivate var instrument: InstrumentID {
        get throws(FeedRefusal) {
            guard let segment = Segment(feedCode: byte(at: 3)) else {
                throw .segment(byte(at: 3))
            }
            let security = word(at: 4)
            guard security > 0 else { throw .securityID }
            return InstrumentID(segment, String(security))
        }
    }

    fileprivate func ticker(_ step: Price) throws(FeedRefusal) -> FeedUpdate {
        FeedUpdate(ltp: try price(at: 8, step: step), tradedAt: time(at: 12))
    }

    fileprivate func legacyDepth(_ step: Price) throws(FeedRefusal) -> FeedUpdate {
        FeedUpdate(ltp: try price(at: 8, step: step), depth: try depth(at: 12, step))
    }

    /// - Parameter dayAt: where open, close, high and low stand.
    fileprivate func quote(_ step: Price, dayAt day: Int) throws(FeedRefusal) -> FeedUpdate {
        FeedUpdate(
            ltp: try price(at: 8, step: step), tradedAt: time(at: 14),
            lastQuantity: shortQuantity(at: 12),
            averagePrice: try price(at: 18, step: FeedPrice.paisa),
            volume: word(at: 22), totalSell: word(at: 26), totalBuy: word(at: 30),
            open: try price(at: day, step: step), high: try price(at: day + 8, step: step),
            low: try price(at: day + 12, step: step), close: try price(at: day + 4, step: step))
    }

    fileprivate func full(_ step: Price) throws(FeedRefusal) -> FeedUpdate {
        var update = try quote(step, dayAt: 46)
        update.openInterest = word(at: 34)
        update.depth = try depth(at: 62, step)
        return update
    }

    private func depth(at offset: Int, _ step: Price) throws(FeedRefusal) -> [DepthLevel] {
        var levels: [DepthLevel] = []
        for start in stride(from: offset, to: offset + 100, by: 20) {
            levels.append(
                DepthLevel(
                    bid: try price(at: start + 12, step: step),
                    ask: try price(at: start + 16, step: step),
                    bidQuantity: quantity(at: start), askQuantity: quantity(at: start + 4),
                    bidOrders: short(at: start + 8), askOrders: short(at: start + 10)))
        }
        return levels
    }
}
