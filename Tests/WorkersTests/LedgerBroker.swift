import Brokers
import Synchronization
import Trading

/// A broker with a ledger of its own, outside Redis, that answers at once: what it was sent, it
/// has, whatever the server forgets.
final class LedgerBroker: Broker, Sendable {
    struct Entry: Sendable {
        var order: Order
        var number: OrderNumber
    }

    private struct Cancelling {
        var cancels: [OrderNumber] = []
        var fails: BrokerError?
        /// Nil: each is answered at once.
        var unanswered: [@Sendable () -> Void]?
    }

    private let taken = Mutex<[Entry]>([])
    private let readable = Mutex(true)
    private let lost = Mutex<Set<CorrelationID>>([])
    private let cancelling = Mutex(Cancelling())
    private let unplaced = Mutex<BrokerError?>(nil)
    let absence: AbsenceRule

    init(absence: AbsenceRule = AbsenceRule(reads: 3, span: .seconds(10))) {
        self.absence = absence
    }

    var entries: [Entry] { taken.withLock { $0 } }
    /// The client's names of all orders that it was sent, in order.
    var sent: [CorrelationID] { entries.map(\.order.id) }

    /// The orders that it was asked to cancel.
    var cancels: [OrderNumber] { cancelling.withLock { $0.cancels } }

    /// How cancels end from now on; nil for well.
    func failCancels(_ error: BrokerError?) { cancelling.withLock { $0.fails = error } }

    /// How calls to place end from now on, of which no order comes; nil for well.
    func failPlaces(_ error: BrokerError?) { unplaced.withLock { $0 = error } }

    /// From now on nobody hears of a cancel, until it is answered.
    func holdCancels() { cancelling.withLock { $0.unanswered = [] } }

    func answerCancels() {
        let answers = cancelling.withLock { state in
            defer { state.unanswered = nil }
            return state.unanswered ?? []
        }
        for answer in answers { answer() }
    }

    func breakBook(_ isBroken: Bool) { readable.withLock { $0 = !isBroken } }

    /// Nobody hears what becomes of this order's call, the broker included.
    func lose(_ order: CorrelationID) { lost.withLock { _ = $0.insert(order) } }

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        if let error = unplaced.withLock({ $0 }) { return answer(.failure(error)) }
        if lost.withLock({ $0.contains(order.id) }) {
            return answer(.failure(.unknown("timeout")))
        }
        let number = taken.withLock { entries in
            let number = OrderNumber("L\(entries.count + 1)")
            entries.append(Entry(order: order, number: number))
            return number
        }
        answer(.success(Placed(number: number, status: "TRANSIT")))
    }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {
        let (error, isHeld) = cancelling.withLock { state in
            let error = state.fails
            state.cancels.append(number)
            state.unanswered?.append { answer(error.map { .failure($0) } ?? .success(())) }
            return (error, state.unanswered != nil)
        }
        if !isHeld { answer(error.map { .failure($0) } ?? .success(())) }
    }

    func books(_ answer: @escaping Answer<BrokerBooks>) {
        orders { answer($0.map { BrokerBooks(filledBy: $0.orders) }) }
    }

    func orders(_ answer: @escaping Answer<OrderBook>) {
        guard readable.withLock({ $0 }) else {
            return answer(.failure(.unknown("the book cannot be read")))
        }
        answer(
            .success(
                OrderBook(
                    entries.map {
                        BrokerOrder(
                            number: $0.number, correlation: $0.order.id, status: "PENDING",
                            quantity: $0.order.quantity, filled: .zero, value: .zero, reason: nil)
                    })))
    }
}
