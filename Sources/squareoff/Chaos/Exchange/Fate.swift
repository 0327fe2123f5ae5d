import Trading

/// What goes wrong with one order, decided when it comes. Times are milliseconds.
///
/// The gateway's rule of absence counts on an accepted order to be in the book within five seconds
/// of its sending (``ChaosBroker``): `held` and `hidden` together stay below.
struct Fate: Sendable, Hashable {
    enum Gate: Sendable { case open, refused, busy }
    enum Reply: Sendable { case prompt, never, closed, failed }
    enum Course: Sendable {
        case fill, fillInParts, rest, restInPart, reject
    }
    enum Cancel: Sendable { case done, filledFirst, filledInPart, lost }

    var gate = Gate.open
    /// Before it is accepted.
    var held = 0
    var isAccepted = true
    /// Before it stands in the book, and before any word of it is said.
    var hidden = 0
    var reply = Reply.prompt
    /// Before it is answered.
    var late = 0
    var course = Course.fill
    /// Before the exchange does something.
    var pause = 5
    /// Of what the first of two fills takes, in hundredths.
    var share = 50
    var cancel = Cancel.done
    /// An entry's fill after the broker has called it cancelled.
    var fillsAfterAll = false

    /// Without any fault.
    init() {}

    init(_ random: inout SplitMix64, isEntry: Bool) {
        func chance(_ hundredths: Int) -> Bool {
            Int.random(in: 0..<100, using: &random) < hundredths
        }
        if chance(3) { gate = chance(50) ? .refused : .busy }
        if chance(8) { held = .random(in: 50...2_000, using: &random) }
        if chance(10) { hidden = .random(in: 100...2_000, using: &random) }
        if chance(15) {
            reply = [.never, .closed, .failed].randomElement(using: &random) ?? .never
            isAccepted = chance(60)
            // An order that nobody was told of is the one whose absence is judged.
            if chance(60) { hidden = .random(in: 500...2_000, using: &random) }
        }
        if chance(8) { late = .random(in: 100...2_500, using: &random) }
        pause =
            chance(80)
            ? .random(in: 1...30, using: &random) : .random(in: 30...2_000, using: &random)
        share = .random(in: 10...90, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case ..<60: course = .fill
        case ..<75: course = .fillInParts
        case ..<85: course = .rest
        case ..<92: course = .restInPart
        default: course = .reject
        }
        switch Int.random(in: 0..<100, using: &random) {
        case ..<55: cancel = .done
        case ..<70: cancel = .filledFirst
        case ..<85: cancel = .filledInPart
        default: cancel = .lost
        }
        // Of an exit it would be sold twice by the exchange's own doing.
        fillsAfterAll = isEntry && chance(30)
    }
}
