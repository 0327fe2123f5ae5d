package import HTTP
package import Trading

/// The broker's REST interface for one account. All accounts share the ``HTTPClient``'s thread,
/// on which answers come unless they are known at once: an answer must not block.
package final class DhanClient: Sendable {
    package typealias Answer<Value> = @Sendable (Result<Value, DhanError>) -> Void
    package typealias OnTrouble = @Sendable (AccountID, DhanTrouble) -> Void

    package let account: AccountID
    package let access: DhanAccess
    let http: HTTPClient
    let onTrouble: OnTrouble
    let pacer = DhanPacer()

    /// - Parameter onTrouble: told each time that an answer says it; not only once.
    package init(
        account: AccountID, access: DhanAccess, http: HTTPClient,
        onTrouble: @escaping OnTrouble = { _, _ in }
    ) {
        self.account = account
        self.access = access
        self.http = http
        self.onTrouble = onTrouble
    }
}
