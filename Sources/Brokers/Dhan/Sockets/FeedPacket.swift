package import Trading

/// One packet of the market feed.
package enum FeedPacket: Sendable, Hashable {
    case heartbeat
    case marketStatus
    case price(InstrumentID, FeedUpdate)
    case openInterest(InstrumentID, Int)
    case previousClose(InstrumentID, Price?, openInterest: Int)
    /// The broker is about to close the connection, and says why.
    case disconnect(FeedReason)
    /// A kind that is not read here; its length was believable.
    case other(code: Int)
}

/// What a packet says of an instrument. Nil is what this kind of packet does not carry, or what
/// the broker does not know.
package struct FeedUpdate: Sendable, Hashable {
    /// Nil before the first trade.
    package var ltp: Price?
    package var tradedAt: EventTime?
    /// Wraps above 65 535.
    package var lastQuantity: Quantity?
    package var averagePrice: Price?
    package var volume: Int?
    package var totalSell: Int?
    package var totalBuy: Int?
    package var openInterest: Int?
    package var open: Price?
    package var high: Price?
    package var low: Price?
    /// Of the session before, all day long.
    package var close: Price?
    /// Best first.
    package var depth: [DepthLevel] = []
}

package struct DepthLevel: Sendable, Hashable {
    package var bid: Price?
    package var ask: Price?
    package var bidQuantity: Quantity?
    package var askQuantity: Quantity?
    package var bidOrders: Int
    package var askOrders: Int
}

/// Why the broker closes a feed: a code of its data services.
package struct FeedReason: Sendable, Hashable, CustomStringConvertible {
    package let code: Int

    package init(code: Int) { self.code = code }

    /// Too many connections, or too many requests: more of them may get the user blocked.
    package var isTooMany: Bool { code == 805 }
    package var isToken: Bool { [807, 808, 809].contains(code) }
    /// Another account may have what this one lacks.
    package var isAccount: Bool { isToken || code == 806 || code == 810 }

    package var description: String {
        switch code {
        case 800: "800, internal error"
        case 804: "804, too many instruments"
        case 805: "805, too many requests or connections"
        case 806: "806, no subscription to the data services"
        case 807: "807, the token has expired"
        case 808: "808, client id or token refused"
        case 809: "809, the token is invalid"
        case 810: "810, the client id is invalid"
        case 813: "813, a security id is invalid"
        case 814: "814, the request is invalid"
        default: "\(code)"
        }
    }
}

/// What was not believed, and where in its packet.
package enum FeedRefusal: Error, Sendable, Hashable {
    /// The length is not that of its kind; the packet was left out.
    case length(Int, code: Int)
    /// The rest of the frame is too short for what it announces; all of it was left out.
    case truncated(left: Int)
    case segment(Int)
    case securityID
    case price(offset: Int)
}
