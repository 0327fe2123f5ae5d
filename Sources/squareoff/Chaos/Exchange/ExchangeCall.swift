import Trading

/// A line of JSON to the chaos broker.
struct ExchangeCall: Codable, Sendable {
    enum Action: String, Codable {
        case place, cancel, book
        /// From the run itself: no more faults; and whether there is still something to be said.
        case calm
    }

    var action: Action
    /// When it was sent, in milliseconds of the wall's clock.
    var sentAt: Int
    var account = ""
    /// What is placed.
    var ticket: Ticket?
    /// What is cancelled.
    var number: String?

    /// An order as it is placed. The broker does not dedupe on its correlation id.
    struct Ticket: Codable, Sendable, Hashable {
        var order: String
        var account: String
        var instrument: String
        var side: String
        var quantity: Int
        /// Paise; nil for a market order.
        var price: Int?

        init(_ order: Order) {
            self.order = order.id.text
            account = order.account.text
            instrument = order.instrument.text
            side = order.side.text
            quantity = order.quantity.units
            price = order.price?.paise
        }
    }
}

/// A line of JSON from the chaos broker. One of the fields says what it is.
struct ExchangeAnswer: Codable, Sendable {
    /// The order was taken, under this number.
    var number: String?
    /// It was refused, and why.
    var refused: String?
    /// Too many calls: nothing was done.
    var busy: String?
    /// An internal error: something was done, or nothing.
    var failed: String?
    var book: [Line]?
    /// Of a calm broker: nothing is planned, and every word has arrived.
    var isQuiet: Bool?

    /// An order as the book shows it.
    struct Line: Codable, Sendable, Hashable {
        var number: String
        var order: String
        var instrument: String
        var side: String
        var status: String
        var quantity: Int
        var filled: Int
        /// Paise.
        var value: Int
    }
}
