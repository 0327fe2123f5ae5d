import Synchronization
import Trading

extension Awaited {
    /// The same call for several accounts, all of them under way at once: the slowest alone
    /// decides how long it takes.
    ///
    /// - Returns: nothing of an account of which nothing came in time.
    static func each<Value: Sendable>(
        _ accounts: [AccountID], _ milliseconds: Int = 15_000,
        for call: (AccountID, @escaping @Sendable (Value) -> Void) -> Void
    ) -> [AccountID: Value] {
        guard !accounts.isEmpty else { return [:] }
        let answers = Answers<Value>()
        _ = Self.wait(milliseconds) { (all: @escaping @Sendable (Bool) -> Void) in
            for account in accounts {
                call(account) { value in
                    if answers.take(value, of: account) == accounts.count { all(true) }
                }
            }
        }
        return answers.values.withLock { $0 }
    }

    private final class Answers<Value: Sendable>: Sendable {
        let values = Mutex<[AccountID: Value]>([:])

        /// - Returns: how many accounts have answered.
        func take(_ value: Value, of account: AccountID) -> Int {
            values.withLock { values in
                values[account] = values[account] ?? value
                return values.count
            }
        }
    }
}
