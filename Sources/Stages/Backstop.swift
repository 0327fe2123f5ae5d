package import Trading

/// The daily loss that the broker itself must know: for a day on which nobody here is alive to
/// follow the account's own rule.
///
///     what stands at the broker, what is noted ──▶ Backstop ──▶ set, note, tell, nothing
///
/// The rules:
/// 1. A limit of an account without the rule is somebody else's, and stays.
/// 2. One that stands is noted for its day; one of another amount is set anew.
/// 3. Where none stands and none has on this day, it is set, and noted once the broker has taken
///    it: a note that came first would leave the day without a limit, should the broker refuse.
/// 4. Where none stands and one has, it has fired, or somebody has switched it off. The broker
///    exits again at once from whatever is beyond a limit that it is given, so that none is set
///    for the rest of the day, and people are told, once. Before the session nothing can have
///    fired: it is set again. After the session it is only forgotten.
package enum Backstop {
    package enum Action: Sendable, Hashable {
        /// To be set at the broker, and noted once it has taken it.
        case set(Money)
        /// It stands.
        case note(Money)
        /// It does not stand any more, and nobody has been told.
        case tell(LossLimit)
        case nothing
    }

    /// Where the day is. A limit fires while the session is open.
    package enum Phase: Sendable, Hashable {
        case before, open, over

        package init(_ session: SessionAnswer, at time: EventTime) {
            self =
                switch session {
                case .open(let session) where time < session.opensAt: .before
                case .open(let session): session.contains(time) ? .open : .over
                case .closed: .over
                case .unknown: .open
                }
        }
    }

    /// It follows the own rule at a distance. The broker sells all that it sees, without asking:
    /// at the same loss both would sell the same units.
    private static let distance = Percent.percent(125)

    /// Nil for an account without the rule.
    package static func loss(of account: AccountProfile) -> Money? {
        account.risk.dailyLoss.map { distance.of($0.of(account.capital)) }
    }

    /// - Parameters:
    ///   - stands: nil where none stands at the broker.
    ///   - noted: whatever the day; nil where nothing ever was.
    package static func decide(
        for account: AccountProfile, stands: Money?, noted: LossLimit?, on day: Day, _ phase: Phase
    ) -> Action {
        guard let loss = loss(of: account), loss > .zero else { return .nothing }
        let today = noted.flatMap { $0.day == day ? $0 : nil }
        if let stands {
            guard stands == loss else { return .set(loss) }
            let isKnown = today.map { $0.loss == loss && $0.goneAt == nil } ?? false
            return isKnown ? .nothing : .note(loss)
        }
        guard let known = today, phase != .before else { return .set(loss) }
        return phase == .open && known.goneAt == nil ? .tell(known) : .nothing
    }
}
