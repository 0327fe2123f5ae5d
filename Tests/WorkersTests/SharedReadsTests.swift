import Brokers
import Support
import Synchronization
import Testing
import Trading

@testable import Workers

@Suite struct SharedReadsTests {
    /// Answers when it is told to.
    private final class SlowBroker: Broker, Sendable {
        private let waiting = Mutex<[Answer<OrderBook>]>([])
        let absence = AbsenceRule(reads: 3, span: .seconds(10))

        var calls: Int { waiting.withLock { $0.count } }

        func answer(_ result: Result<OrderBook, BrokerError>) {
            for answer in waiting.withLock({ $0 }) { answer(result) }
            waiting.withLock { $0 = [] }
        }

        func place(
            _ order: Order, nonce: Nonce, left: @escaping @Sendable () -> Void,
            _ answer: @escaping Answer<Placed>
        ) {}
        func cancel(_ number: OrderNumber, _ answer: @escaping Answer<Void>) {}
        func orders(_ answer: @escaping Answer<OrderBook>) {
            waiting.withLock { $0.append(answer) }
        }
        func books(_ answer: @escaping Answer<BrokerBooks>) {}
    }

    @Test func `who asks while a book is being read shares it, and learns when it was asked for`() {
        let (reads, broker) = (SharedReads(), SlowBroker())
        let heard = Mutex<[EventTime]>([])
        for second in 0..<3 {
            reads.book(of: "alpha", broker, at: .at(10, 0, second)) { book, asked in
                #expect(book == [])
                heard.withLock { $0.append(asked) }
            }
        }
        reads.book(of: "bravo", broker, at: .at(10, 1)) { _, asked in
            heard.withLock { $0.append(asked) }
        }
        #expect(broker.calls == 2)
        broker.answer(.success([]))
        #expect(heard.withLock { $0 } == [.at(10, 0), .at(10, 0), .at(10, 0), .at(10, 1)])
        reads.book(of: "alpha", broker, at: .at(10, 2)) { book, _ in #expect(book == nil) }
        #expect(broker.calls == 1)
        broker.answer(.failure(.unknown("no")))
    }
}
