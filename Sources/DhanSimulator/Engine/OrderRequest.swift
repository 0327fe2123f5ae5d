package import Trading

/// An order as a client asks for it, once it could be read.
package struct OrderRequest: Sendable, Hashable {
    package enum Product: String, Sendable, CaseIterable {
        case delivery = "CNC"
        case intraday = "INTRADAY"
        case margin = "MARGIN"
        case funded = "MTF"
        case cover = "CO"
        case bracket = "BO"

        /// The socket's letter.
        package var letter: String {
            switch self {
            case .delivery: "C"
            case .intraday: "I"
            case .margin: "M"
            case .funded: "F"
            case .cover: "V"
            case .bracket: "B"
            }
        }
    }

    package enum Kind: String, Sendable, CaseIterable {
        case limit = "LIMIT"
        case market = "MARKET"
        case stop = "STOP_LOSS"
        case stopMarket = "STOP_LOSS_MARKET"

        package var letters: String {
            switch self {
            case .limit: "LMT"
            case .market: "MKT"
            case .stop: "SL"
            case .stopMarket: "SLM"
            }
        }
    }

    package enum Validity: String, Sendable, CaseIterable {
        case day = "DAY"
        case immediate = "IOC"
    }

    /// When an after-market order goes to the exchange.
    package enum AfterMarket: String, Sendable {
        case preOpen = "PRE_OPEN"
        case open = "OPEN"
        case half = "OPEN_30"
        case hour = "OPEN_60"

        /// From the session's opening on. Options have no pre-open.
        var wait: Span {
            switch self {
            case .preOpen, .open: .zero
            case .half: .minutes(30)
            case .hour: .minutes(60)
            }
        }
    }

    /// A tag: the broker neither refuses nor collapses a second order that carries the same.
    package var correlation: String?
    package var instrument: InstrumentID
    package var side: OrderSide
    package var product = Product.intraday
    package var kind = Kind.limit
    package var validity = Validity.day
    package var quantity: Quantity
    package var disclosed = 0
    package var price: Price?
    package var trigger: Price?
    package var isAfterMarket = false
    package var afterMarket = AfterMarket.open

    /// Of a super order: what ends the position that it opens.
    package var exits: SuperOrder.Exits?

    package init(
        _ side: OrderSide, _ quantity: Quantity, of instrument: InstrumentID, at price: Price?
    ) {
        self.side = side
        self.quantity = quantity
        self.instrument = instrument
        self.price = price
        kind = price == nil ? .market : .limit
    }
}
