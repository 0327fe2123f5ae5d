import Brokers
import Synchronization
import Trading

/// Takes every order and notes when it came.
struct RecordingBroker: Broker {
    final class Record: Sendable {
        private let times = Mutex<[InstrumentID: Int]>([:])

        fileprivate func note(_ order: Order) {
            let now = Nanoseconds.now()
            times.withLock { $0[order.instrument] = $0[order.instrument] ?? now }
        }

        var placed: [InstrumentID: Int] { times.withLock { $0 } }
        var count: Int { times.withLock { $0.count } }
    }

    let record: Record
    let absence = AbsenceRule(reads: 3, span: .seconds(10))

    func place(
        _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
        _ answer: @escaping Answer<Placed>
    ) {
        record.note(order)
        answer(.success(Placed(number: OrderNumber(order.id.text), status: "TRANSIT")))
    }

    func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) { answer(.success(())) }
    func orders(_ answer: @escaping Answer<OrderBook>) { answer(.failure(.unknown("no book"))) }
    func books(_ answer: @escaping Answer<BrokerBooks>) { answer(.failure(.unknown("no book"))) }
}
