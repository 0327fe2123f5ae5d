package import Trading

/// The paper exchange: what one event does to one order.
///
///     TRANSIT ─latency─▶ PENDING ─▶ PART_TRADED ─▶ TRADED
///        └▶ REJECTED        └─▶ CANCELLED | EXPIRED, each with its fills
///
/// Fills depend on the event times of orders and quotes alone, so a slow worker fills what a fast
/// one does: an order meets the book that stood when it reached the exchange, and after that each
/// later quote, until its cancel has come as far.
package enum PaperMatch {
    package enum Event: Sendable, Hashable {
        /// What was on its way, the order or its cancel, is at the exchange.
        case arrives(EventTime)
        /// The contract's next quote.
        case quote(Quote)
        case cancel(EventTime)
        /// The session is over: what rests lapses.
        case sessionEnds(EventTime)

        var at: EventTime {
            switch self {
            case .arrives(let time), .cancel(let time), .sessionEnds(let time): time
            case .quote(let quote): quote.at
            }
        }
    }

    /// The contract's limits, from the day's instrument list.
    package struct Contract: Sendable, Hashable {
        package var lot: Quantity
        package var tickSize: Price
        package var freezeQuantity: Quantity?

        package init(lot: Quantity, tickSize: Price, freezeQuantity: Quantity?) {
            self.lot = lot
            self.tickSize = tickSize
            self.freezeQuantity = freezeQuantity
        }
    }

    package struct Answer: Sendable, Hashable {
        package var order: PaperOrder
        /// What the broker tells, in its order.
        package var events: [BrokerEvent] = []
        /// Why a cancel was refused, in the broker's words.
        package var refusal: String?
    }

    /// - Parameter book: the contract's quote before this event; nil when there was none yet.
    package static func decide(
        _ order: PaperOrder, event: Event, book: Quote?, contract: Contract, profile: PaperProfile
    ) -> Answer {
        var answer = Answer(order: order)
        if order.status == .transit, order.dueAt <= event.at {
            arrive(&answer, book: book, contract: contract, profile: profile)
        }
        answer.cancelIfDue(at: event.at)
        switch event {
        case .arrives:
            break
        case .quote(let quote):
            match(&answer, with: quote, contract: contract, profile: profile)
        case .cancel(let time):
            answer.refusal = answer.order.refusal(ofCancelAt: time)
            guard answer.refusal == nil else { break }
            answer.order.cancelDueAt = answer.order.cancelDueAt ?? time + profile.latency
            answer.cancelIfDue(at: time)
        case .sessionEnds(let time):
            if !answer.order.status.isFinished { answer.tell(.expired, at: time) }
        }
        return answer
    }

    /// At its due time, whenever that is noticed.
    private static func arrive(
        _ answer: inout Answer, book: Quote?, contract: Contract, profile: PaperProfile
    ) {
        let time = answer.order.dueAt
        if let reason = rejection(of: answer.order, contract: contract, profile: profile) {
            answer.order.reason = reason
            answer.tell(.rejected, at: time)
            return
        }
        answer.tell(.pending, at: time)
        guard var book else { return }
        // A later quote is the first that the order meets, for a worker that was late.
        book.at = max(book.at, time)
        match(&answer, with: book, contract: contract, profile: profile)
    }

    /// The exchange's checks, and the rejects that the profile asks for.
    private static func rejection(
        of order: PaperOrder, contract: Contract, profile: PaperProfile
    ) -> String? {
        if order.quantity <= .zero || order.quantity.units % max(1, contract.lot.units) != 0 {
            return "quantity is not a multiple of the lot \(contract.lot.text)"
        }
        if let freeze = contract.freezeQuantity, order.quantity > freeze {
            return "quantity exceeds the freeze quantity \(freeze.text)"
        }
        if let price = order.price,
            price.paise <= 0 || price.roundedDown(to: contract.tickSize) != price
        {
            return "price is not a multiple of the tick \(contract.tickSize.text)"
        }
        if order.type == .limit, order.price == nil { return "a limit order needs a price" }
        // By a hash and not by chance: a replay rejects the same orders.
        let draw = Int(FNV1a.hash(order.order.text) % 10_000)
        return draw < profile.rejectRate.basisPoints ? "rejected by the profile" : nil
    }
}

extension PaperMatch.Answer {
    /// At its due time, whenever that is noticed.
    fileprivate mutating func cancelIfDue(at now: EventTime) {
        guard order.status.isWorking, let time = order.cancelDueAt, time <= now else { return }
        tell(.cancelled, at: time)
    }

    mutating func tell(_ status: PaperOrder.Status, at time: EventTime) {
        order.status = status
        order.at = time
        events.append(order.event)
    }
}
