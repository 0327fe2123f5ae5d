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

    package var gate = Gate.open
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
        gate = Self.gate(&chance)
        if chance.happens(.hold) { held = chance.within(50...2_000) }
        if chance.happens(.hide) { hidden = chance.within(100...2_000) }
        if chance.happens(.lose) {
            answer = chance.one(of: [.never, .closed, .failed])
            isAccepted = chance.hundredths(60)
            // An order that nobody was told of is the one whose absence is judged.
            if chance.hundredths(60) { hidden = chance.within(500...2_000) }
        }
        if chance.happens(.late) { late = chance.within(100...2_500) }
        if chance.happens(.slow) { late = chance.within(1_000...10_000) }
        if chance.happens(.dawdle) { pause = chance.within(30...2_000) }
        share = chance.within(10...90)
        course = Self.course(&chance)
        cancel = Self.cancel(&chance)
        // Of a sale it would be sold twice by the exchange's own doing.
        fillsAfterCancel = side == .buy && chance.happens(.fillAfterCancel)
        losesModification = chance.happens(.modifyLost)
    }

    private static func gate(_ chance: inout Chance) -> Gate {
        if chance.happens(.refuse) { return .refused }
        if chance.happens(.busy) { return .busy }
        if chance.happens(.html) { return .html }
        if chance.happens(.address) { return .address }
        if chance.happens(.token) { return .token }
        return .open
    }

    private static func course(_ chance: inout Chance) -> Course {
        if chance.happens(.parts) { return .parts }
        if chance.happens(.rest) { return .rest }
        if chance.happens(.restInPart) { return .restInPart }
        if chance.happens(.reject) { return .reject }
        return .market
    }

    private static func cancel(_ chance: inout Chance) -> Cancel {
        if chance.happens(.cancelLost) { return .lost }
        if chance.happens(.cancelAfterFill) { return .afterFill }
        if chance.happens(.cancelAfterPart) { return .afterPart }
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
