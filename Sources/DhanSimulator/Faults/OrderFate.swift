package import Trading

/// What goes wrong with one order, decided when it comes. Times are milliseconds.
///
/// Who judges absence counts on an accepted order to be in the book some seconds after its
/// sending: `held` and `hidden` together stay below 4 s.
package struct OrderFate: Sendable, Hashable {
    package enum Gate: Sendable { case open, refused, busy, html, address, token }
    package enum Answer: Sendable { case prompt, never, closed, failed }
    package enum Course: Sendable { case market, parts, rest, restInPart, reject }
    package enum Cancel: Sendable { case done, lost, afterFill, afterPart }

    /// What the seed has chosen; whether it comes true is the order's course.
    package private(set) var drawn: Set<Fault> = []
    package var gate = Gate.open
    /// How long the client's address is no good, where that is what turns the order away.
    package var spell = 0
    /// Before it is accepted.
    package var held = 0
    package var isAccepted = true
    /// Before it stands in the book, and before any word of it is said.
    package var hidden = 0
    package var answer = Answer.prompt
    /// Before it is answered.
    package var late = 0
    package var course = Course.market
    /// Before the exchange does something, beside its latency.
    package var pause = 0
    /// Of what the first of two fills takes, in hundredths.
    package var share = 50
    package var cancel = Cancel.done
    package var fillsAfterCancel = false
    package var losesModification = false

    /// Without any fault.
    package init() {}

    package init(_ chance: inout Chance, side: OrderSide) {
        gate = drawGate(&chance)
        if draws(.hold, &chance) { held = chance.within(50...2_000) }
        if draws(.hide, &chance) { hidden = chance.within(100...2_000) }
        if draws(.answerLost, &chance) || draws(.orderLost, &chance) {
            answer = chance.one(of: [.never, .closed, .failed])
            isAccepted = drawn.contains(.answerLost)
            // An order that nobody was told of is the one whose absence is judged.
            if chance.hundredths(60) { hidden = chance.within(500...2_000) }
        }
        if draws(.late, &chance) { late = chance.within(100...2_500) }
        if draws(.slow, &chance) { late = chance.within(1_000...10_000) }
        if draws(.dawdle, &chance) { pause = chance.within(30...2_000) }
        share = chance.within(10...90)
        course = drawCourse(&chance)
        cancel = drawCancel(&chance)
        // Of a sale it would be sold twice by the exchange's own doing.
        fillsAfterCancel = side == .buy && draws(.fillAfterCancel, &chance)
        losesModification = draws(.modifyLost, &chance)
    }

    private mutating func draws(_ fault: Fault, _ chance: inout Chance) -> Bool {
        let draws = chance.happens(fault)
        if draws { drawn.insert(fault) }
        return draws
    }

    private mutating func drawGate(_ chance: inout Chance) -> Gate {
        if draws(.refuse, &chance) { return .refused }
        if draws(.busy, &chance) { return .busy }
        if draws(.html, &chance) { return .html }
        if draws(.address, &chance) {
            spell = chance.within(1_000...8_000)
            return .address
        }
        if draws(.token, &chance) { return .token }
        return .open
    }

    private mutating func drawCourse(_ chance: inout Chance) -> Course {
        if draws(.parts, &chance) { return .parts }
        if draws(.rest, &chance) { return .rest }
        if draws(.restInPart, &chance) { return .restInPart }
        if draws(.reject, &chance) { return .reject }
        return .market
    }

    private mutating func drawCancel(_ chance: inout Chance) -> Cancel {
        if draws(.cancelLost, &chance) { return .lost }
        if draws(.cancelAfterFill, &chance) { return .afterFill }
        if draws(.cancelAfterPart, &chance) { return .afterPart }
        return .done
    }

    /// How far it may fill at first; nil for as far as the market goes.
    package func firstCap(of quantity: Quantity) -> Quantity? {
        switch course {
        case .market, .reject: nil
        case .rest: .zero
        case .parts, .restInPart: Quantity(quantity.units * share / 100)
        }
    }
}
