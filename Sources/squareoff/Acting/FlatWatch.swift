import ArgumentParser
import Trading

/// Watches accounts until they are flat, side by side: one that is stuck keeps no other waiting.
///
///     look at all ─┬▶ flat at two looks in a row ──▶ end it
///          ▲       ├▶ its patience is over ────────▶ failed
///          └ pause ┴▶ else
struct FlatWatch {
    /// What a look at an account shows.
    enum Sight: Equatable, Sendable {
        case flat
        /// What is not flat, or why nobody knows.
        case left(String)

        init(_ left: String?) { self = left.map { Sight.left($0) } ?? .flat }
    }

    /// What has become of an account that is flat, in words.
    enum Ending: Equatable, Sendable {
        case done(String)
        case failed(String)
    }

    /// Looks at these accounts. One that it says nothing of is not flat.
    let look: ([AccountID]) -> [AccountID: Sight]
    /// What is to be done with accounts once they are flat. One that it says nothing of has failed.
    let end: ([AccountID]) -> [AccountID: Ending]
    /// Said of one that is not flat in time: what is therefore not done.
    let otherwise: String
    /// Since the watch began.
    let waited: () -> Span
    let pause: () -> Void
    let say: (String) -> Void

    /// Says of each account what has become of it, as soon as it is known.
    ///
    /// - Throws: a failure's exit status, when all have ended, if one of them was not flat in time
    ///   or its end has failed.
    func run(_ accounts: [AccountID]) throws {
        var waits = accounts.map { FlatWait($0) }
        var isGood = true
        while !waits.isEmpty {
            let sights = look(waits.map(\.account))
            let time = waited()
            var flat: [AccountID] = []
            var again: [FlatWait] = []
            for var wait in waits {
                let account = wait.account
                switch wait.see(sights[account] ?? .left("no look at it"), after: time) {
                case .again(let news):
                    if let news { say("\(account): not flat: \(news)") }
                    again.append(wait)
                case .flat: flat.append(account)
                case .overdue(let left):
                    let late = "still not flat after \(FlatWait.patience.shown)"
                    say("\(account): \(late): \(left)\(otherwise)")
                    isGood = false
                }
            }
            if !finish(flat) { isGood = false }
            waits = again
            if !waits.isEmpty { pause() }
        }
        if !isGood { throw ExitCode.failure }
    }

    private func finish(_ flat: [AccountID]) -> Bool {
        guard !flat.isEmpty else { return true }
        let endings = end(flat)
        var isGood = true
        for account in flat {
            switch endings[account] ?? .failed("flat; nobody knows what became of it") {
            case .done(let line): say("\(account): \(line)")
            case .failed(let line):
                say("\(account): \(line)")
                isGood = false
            }
        }
        return isGood
    }
}
