import Brokers
import Trading

/// Switches accounts off at the broker for the day. It takes no exits of theirs any more.
struct KillSwitches {
    let client: (AccountID) -> DhanClient

    /// - Parameter accounts: flat by the broker's own books.
    func activate(_ accounts: [AccountID]) -> [AccountID: FlatWatch.Ending] {
        let answers: [AccountID: Result<Void, DhanError>] = Awaited.each(accounts) {
            client($0).setKillSwitch(true, $1)
        }
        return accounts.reduce(into: [:]) { $0[$1] = Self.ending(answers[$1]) }
    }

    /// - Parameter answer: nil where nothing came in time.
    static func ending(_ answer: Result<Void, DhanError>?) -> FlatWatch.Ending {
        switch answer {
        case .success: .done("flat, and switched off at the broker for today")
        case .failure(let error): .failed("flat; kill switch: \(error.reason)")
        case nil: .failed("flat; kill switch: no answer, look at web.dhan.co")
        }
    }
}
