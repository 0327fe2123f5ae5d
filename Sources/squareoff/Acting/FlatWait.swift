import Trading

/// How far one account has come on its way to flat: what follows from each look at it.
struct FlatWait {
    enum Verdict: Equatable, Sendable {
        /// It is looked at again.
        ///
        /// - Parameter news: what is not flat, where the look before showed something else.
        case again(news: String?)
        case flat
        /// Its patience is over, and this is what was not flat at the last look.
        case overdue(String)
    }

    /// Exits are tried again and again; who waits longer looks for himself.
    static let patience = Span.minutes(5)
    /// Two equal looks: the broker's books may be a moment old.
    static let looks = 2

    let account: AccountID
    /// Looks in a row that showed it flat.
    private var flat = 0
    private var told: String?

    init(_ account: AccountID) { self.account = account }

    /// One that was just seen flat is looked at once more, also when its patience is over.
    ///
    /// - Parameter waited: since the watch began, which is the same for all accounts.
    mutating func see(_ sight: FlatWatch.Sight, after waited: Span) -> Verdict {
        switch sight {
        case .flat:
            flat += 1
            told = nil
            return flat >= Self.looks ? .flat : .again(news: nil)
        case .left(let left):
            flat = 0
            guard waited < Self.patience else { return .overdue(left) }
            defer { told = left }
            return .again(news: left == told ? nil : left)
        }
    }
}
