import Support
import Testing
import Trading

@testable import squareoff

/// A judge that could not find anything would prove nothing.
@Suite("Chaos: what its judge sees") struct ChaosJudgeTests {
    /// One position at a broker and in Redis, bought, asked to close and sold: nothing is wrong.
    private struct Day {
        var exchange = JudgedExchange()
        var left = Remains()
        private(set) var position = OrderFixtures.active()

        static let asked = 10_000

        init() {
            position.exitOrder = PositionTracker.ExitOrder(
                reason: .manual, evidence: "test", askedBy: "test",
                at: EventTime(milliseconds: Self.asked))
            position.exit.quantity = position.entry.quantity
            position.status = .exited
            left.positions[position.id] = position
            send(OrderFixtures.entryOrder(of: position), at: 1_000)
        }

        var exit: Order {
            exit(attempt: 1)
        }

        func exit(attempt: Int) -> Order {
            let exiting = OrderFixtures.exiting(attempt: attempt)
            return OrderFixtures.exitOrder(of: exiting)
        }

        mutating func send(_ order: Order, rests: Bool = false, at time: Int) {
            exchange.send(order, rests: rests, at: time)
        }

        var kinds: Set<Violation.Kind> { Set(judge.violations.map(\.kind)) }
        var judge: ChaosJudge { ChaosJudge(ledger: exchange.lines, left: left, shift: .zero) }
    }

    /// What was done to the day, and all that the judge must find.
    private struct Sabotage: CustomTestStringConvertible {
        var testDescription: String
        var found: Set<Violation.Kind>
        var act: @Sendable (inout Day) -> Void

        init(
            _ name: String, _ found: Set<Violation.Kind>,
            _ act: @escaping @Sendable (inout Day) -> Void
        ) {
            testDescription = name
            self.found = found
            self.act = act
        }
    }

    private static let table = [
        Sabotage("nothing", []) { $0.send($0.exit, at: 11_000) },
        Sabotage(
            "the same exit is sent twice and both are filled", [.doubled, .oversold, .miscounted]
        ) {
            $0.send($0.exit, at: 11_000)
            $0.send($0.exit, at: 12_000)
        },
        Sabotage("the same exit is sent twice and one of them rests", [.doubled]) {
            $0.send($0.exit, rests: true, at: 11_000)
            $0.send($0.exit, at: 12_000)
        },
        Sabotage("more is sold than was bought", [.oversold, .miscounted]) {
            var exit = $0.exit
            exit.quantity = Quantity(105)
            $0.send(exit, at: 11_000)
        },
        Sabotage("the next attempt while the one before works", [.overlapping]) {
            $0.send($0.exit, rests: true, at: 11_000)
            $0.send($0.exit(attempt: 2), at: 12_000)
        },
        Sabotage("the next attempt after the one before", []) {
            $0.send($0.exit, rests: true, at: 11_000)
            $0.exchange.cancelLast(at: 12_000)
            $0.send($0.exit(attempt: 2), at: 13_000)
        },
        Sabotage("no exit is sent", [.naked, .miscounted]) { _ in },
        Sabotage("an exit that comes too late", [.stranded]) { $0.send($0.exit, at: 105_000) },
        Sabotage("an exit that was turned away in between", []) {
            $0.exchange.turnAway($0.exit, at: 50_000)
            $0.send($0.exit, at: 75_000)
        },
        Sabotage("an exit that rests for long is one", []) {
            $0.send($0.exit, rests: true, at: 11_000)
            $0.exchange.cancelLast(at: 99_000)
            $0.send($0.exit(attempt: 2), at: 99_200)
        },
        Sabotage("a position that Redis has lost", [.orphaned]) {
            $0.send($0.exit, at: 11_000)
            $0.left.positions = [:]
        },
        Sabotage("a fill that was counted twice", [.miscounted]) {
            $0.send($0.exit, at: 11_000)
            $0.left.positions[$0.position.id]?.exit.quantity += Quantity(35)
        },
        Sabotage("an account's day that counts a trade twice", [.miscounted]) {
            $0.send($0.exit, at: 11_000)
            var day = AccountDay()
            (day.trades, day.realised) = (2, $0.position.net)
            $0.left.days = [$0.position.account: day]
        },
        Sabotage("an account's day as it should be", []) {
            $0.send($0.exit, at: 11_000)
            var day = AccountDay()
            (day.trades, day.realised) = (1, $0.position.net)
            day.charges = $0.position.charges
            $0.left.days = [$0.position.account: day]
        },
        Sabotage("a position that is still exiting", [.unfinished]) {
            $0.send($0.exit, at: 11_000)
            $0.left.positions[$0.position.id]?.status = .exiting
        },
        Sabotage("what is left in Redis", [.locked, .due, .pending, .deadLetter, .unreadable]) {
            $0.send($0.exit, at: 11_000)
            $0.left.locks = ["a"]
            $0.left.due = ["a in exits:due"]
            $0.left.pending = ["exits: one has 1 pending"]
            $0.left.deadLetters = 1
            $0.left.unreadable["251215-7"] = "field 'rev' is missing"
        },
    ]

    @Test(arguments: table)
    private func `of a broken promise, all and nothing else is found:`(sabotage: Sabotage) {
        var day = Day()
        sabotage.act(&day)
        #expect(day.kinds == sabotage.found, "\(day.judge.violations)")
    }

    @Test func `every kind of violation is in the table`() {
        let found = Self.table.reduce(into: Set<Violation.Kind>()) { $0.formUnion($1.found) }
        #expect(found == Set(Violation.Kind.allCases))
    }

    @Test func `two accounts and contracts are counted apart, one contract's positions together`() {
        var day = Day()
        day.send(day.exit, at: 11_000)
        var other = OrderFixtures.exitOrder(of: Fixtures.position(signal: "supertrend-BANKNIFTY-2"))
        day.send(other, at: 12_000)
        #expect(day.judge.violations.count { $0.kind == .oversold } == 2)
        other.account = "other"
        day.send(other, at: 13_000)
        #expect(day.judge.violations.count { $0.kind == .oversold } == 4)
    }

    @Test func `what a server has forgotten is held against nobody, unless it is doubled`() {
        var day = Day()
        day.left.positions = [:]
        var judge = day.judge
        judge.canForget = true
        #expect(judge.violations == [])
        #expect(judge.forgotten.map(\.held) == [70])
        day.send(day.exit, at: 11_000)
        day.send(day.exit, at: 12_000)
        judge = day.judge
        judge.canForget = true
        #expect(Set(judge.violations.map(\.kind)) == [.doubled, .oversold])
    }

    @Test func `the time to flat counts from the first request to the last unit`() {
        var day = Day()
        day.send(day.exit, at: 11_000)
        #expect(day.judge.timesToFlat == [1_100])
    }
}
