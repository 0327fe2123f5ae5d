import Brokers
import Support
import Synchronization
import Testing
import Trading

@testable import Workers

@Suite struct SharedReadsTests {
    /// Answers when it is told to, the oldest call first or the newest.
    private final class SlowBroker: Broker, Sendable {
        private let waiting = Mutex<[Answer<OrderBook>]>([])
        let absence = AbsenceRule(reads: 3, span: .seconds(10))

        var calls: Int { waiting.withLock { $0.count } }

        func answer(_ result: Result<OrderBook, BrokerError>) {
            for answer in waiting.withLock({ $0 }) { answer(result) }
            waiting.withLock { $0 = [] }
        }

        func answer(call: Int, _ result: Result<OrderBook, BrokerError>) {
            let answer = waiting.withLock { $0.remove(at: call) }
            answer(result)
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
        let (reads, broker) = (SharedReads {}, SlowBroker())
        let heard = Mutex<[EventTime]>([])
        for part in 0..<3 {
            let time = EventTime.at(10, 0) + .milliseconds(part * 400)
            reads.book(of: "alpha", broker, at: time) { book, asked in
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
    }

    /// The host's clock is behind the server's, or was set back.
    @Test func `a repeated read answers who waited for the one that failed, whatever the clock`() {
        let (reads, broker, notes) = (SharedReads {}, SlowBroker(), Heard())
        reads.book(of: "alpha", broker, at: .at(10, 0, 2), notes.note("first"))
        broker.answer(call: 0, .failure(.unknown("no")))
        reads.hasten(["alpha": broker], at: .at(10, 0, 1))
        broker.answer(call: 0, .success([]))
        #expect(notes.all == ["first a book of 1000"])
    }

    /// An order that nobody tells anything is one that is never looked at again.
    @Test func `who waits is told when the reads are given up, also between two of them`() {
        let (reads, broker, notes) = (SharedReads {}, SlowBroker(), Heard())
        reads.book(of: "alpha", broker, at: .at(10, 0), notes.note("first"))
        reads.book(of: "bravo", broker, at: .at(10, 0), notes.note("second"))
        broker.answer(call: 0, .failure(.unknown("no")))
        #expect(notes.all == [])
        reads.abandon()
        #expect(notes.all.map { $0.prefix(14) } == ["first nothing ", "second nothing"])
        broker.answer(.success([]))
        #expect(notes.all.count == 2)
    }

    @Test(arguments: [true, false])
    func `a read that fails is repeated once, by the gateway's own thread`(isGood: Bool) {
        let wakes = Mutex(0)
        let reads = SharedReads { wakes.withLock { $0 += 1 } }
        let (broker, notes) = (SlowBroker(), Heard())
        let brokers: [AccountID: any Broker] = ["alpha": broker]
        for round in 1...2 {
            reads.book(of: "alpha", broker, at: .at(10, 0), notes.note("\(round)"))
            broker.answer(call: 0, .failure(.unknown("no")))
            #expect(broker.calls == 0 && wakes.withLock { $0 } == round)
            reads.hasten(brokers, at: .at(10, 0) + .milliseconds(100))
            #expect(broker.calls == 1)
            broker.answer(call: 0, isGood ? .success([]) : .failure(.unknown("no")))
            reads.hasten(brokers, at: .at(10, 0) + .milliseconds(200))
            #expect(broker.calls == 0)
        }
        let word = isGood ? "a book" : "nothing"
        #expect(notes.all == ["1 \(word) of 100", "2 \(word) of 100"])
    }

    /// What two looks have come to, a second and a half apart, where the first read is slow.
    private final class Heard: Sendable {
        private let answers = Mutex<[String]>([])
        var all: [String] { answers.withLock { $0 } }

        func note(_ who: String) -> SharedReads.Answer {
            { book, asked in
                let second = (asked - .at(10, 0)).milliseconds
                self.answers.withLock {
                    $0.append("\(who) \(book == nil ? "nothing" : "a book") of \(second)")
                }
            }
        }
    }

    @Test(
        "Beside a slow read another is made, and the first good answer counts",
        arguments: [
            // which of the reads answers, and how; what each has heard by then
            ([(0, true)], ["first a book of 0"]),
            ([(0, true), (0, true)], ["first a book of 0", "second a book of 1500"]),
            ([(0, false)], []),
            ([(0, false), (0, true)], ["first a book of 1500", "second a book of 1500"]),
            ([(1, true)], ["first a book of 1500", "second a book of 1500"]),
            ([(1, false)], ["second nothing of 1500"]),
            ([(1, false), (0, false)], ["second nothing of 1500"]),
        ] as [([(Int, Bool)], [String])])
    func slow(answers: [(Int, Bool)], heard: [String]) {
        let (reads, broker, notes) = (SharedReads {}, SlowBroker(), Heard())
        reads.book(of: "alpha", broker, at: .at(10, 0), notes.note("first"))
        reads.book(of: "alpha", broker, at: .at(10, 0) + .milliseconds(1_500), notes.note("second"))
        #expect(broker.calls == 2)
        for (call, isGood) in answers {
            broker.answer(call: call, isGood ? .success([]) : .failure(.unknown("no")))
        }
        #expect(notes.all == heard)
    }

    @Test func `who waits is helped after a second, and with no more than one other read`() {
        let (reads, broker, notes) = (SharedReads {}, SlowBroker(), Heard())
        let brokers: [AccountID: any Broker] = ["alpha": broker]
        reads.hasten(brokers, at: .at(10, 0))
        #expect(broker.calls == 0)
        reads.book(of: "alpha", broker, at: .at(10, 0), notes.note("first"))
        reads.hasten(brokers, at: .at(10, 0) + .milliseconds(999))
        #expect(broker.calls == 1)
        for second in 1..<5 { reads.hasten(brokers, at: .at(10, 0, second)) }
        #expect(broker.calls == 2)
        broker.answer(call: 1, .success([]))
        #expect(notes.all == ["first a book of 1000"])
        // Nobody waits any more.
        for second in 5..<9 { reads.hasten(brokers, at: .at(10, 0, second)) }
        #expect(broker.calls == 1)
    }
}
