/// The broker took the order and gave it a number.
package struct Placed: Sendable, Hashable {
    package var number: OrderNumber
    /// The broker's own word, usually `TRANSIT`.
    package var status: String

    package init(number: OrderNumber, status: String) {
        self.number = number
        self.status = status
    }
}

/// An order as the broker's book shows it.
package struct BrokerOrder: Sendable, Hashable {
    package var number: OrderNumber
    /// Nil for an order that was placed by hand.
    package var correlation: CorrelationID?
    /// Nil for what is not traded here: another segment, or another product of a contract.
    package var instrument: InstrumentID?
    package var side: OrderSide?
    /// On which it was placed, where the broker says it.
    package var day: Day?
    package var status: String
    package var quantity: Quantity
    package var filled: Quantity
    package var value: Money
    package var precision: ValuePrecision
    package var reason: String?

    package init(
        number: OrderNumber, correlation: CorrelationID?, instrument: InstrumentID? = nil,
        side: OrderSide? = nil, status: String, quantity: Quantity, filled: Quantity, value: Money,
        precision: ValuePrecision = .exact, reason: String?
    ) {
        self.number = number
        self.correlation = correlation
        self.instrument = instrument
        self.side = side
        self.status = status
        self.quantity = quantity
        self.filled = filled
        self.value = value
        self.precision = precision
        self.reason = reason
    }
}

/// What a look at an account's orders brings.
package struct OrderBook: Sendable, Hashable, ExpressibleByArrayLiteral {
    package var orders: [BrokerOrder]
    /// All that a good read brings was readable and agrees: what is not among the orders is not at
    /// the broker. Else it only shows what is there.
    package var isWhole: Bool
    /// As in ``BrokerBooks``, of the same read; nil where it was not read.
    package var net: [InstrumentID: Quantity]?

    package init(
        _ orders: [BrokerOrder], isWhole: Bool = true, net: [InstrumentID: Quantity]? = nil
    ) {
        self.orders = orders
        self.isWhole = isWhole
        self.net = net
    }

    package init(arrayLiteral orders: BrokerOrder...) { self.init(orders) }
}

/// Everything that one good read of an account brings: the order book, joined with the trades, and
/// what is held. All of it was readable, or there is no such value.
package struct BrokerBooks: Sendable, Hashable {
    package var orders: [BrokerOrder]
    /// Units held of each contract, negative when sold short. A contract that is not named is flat.
    package var net: [InstrumentID: Quantity]
    /// Contracts of which somebody else's orders contradict themselves: nothing is concluded.
    package var unsettled: Set<InstrumentID>
    /// What is held besides, `-70 NSE_FNO:51460 MARGIN`: under other products, in unknown segments.
    /// It keeps an account from being called flat; nothing else is concluded from it.
    package var elsewhere: [String] = []

    package init(
        orders: [BrokerOrder], net: [InstrumentID: Quantity], unsettled: Set<InstrumentID> = []
    ) {
        self.orders = orders
        self.net = net
        self.unsettled = unsettled
    }

    /// Of a broker where nothing is held but what its orders have filled.
    package init(filledBy orders: [BrokerOrder]) {
        self.init(orders: orders, net: [:])
        for order in orders where order.filled > .zero {
            guard let instrument = order.instrument, let side = order.side else { continue }
            let units = side == .buy ? order.filled : .zero - order.filled
            net[instrument, default: .zero] += units
        }
    }
}

/// Good reads of the whole book, over at least this long, before an order counts as absent.
package struct AbsenceRule: Sendable, Hashable {
    package var reads: Int
    package var span: Span

    package init(reads: Int, span: Span) {
        self.reads = reads
        self.span = span
    }
}

/// What the caller of a broker may do next.
package enum BrokerError: Error, Sendable, Hashable {
    /// The broker did not act and will not: the text says why.
    case refused(String)
    /// The call never left; it may be made again.
    case notSent(String)
    /// Nobody knows whether the broker acted. Never repeated; looked up.
    case unknown(String)
}
