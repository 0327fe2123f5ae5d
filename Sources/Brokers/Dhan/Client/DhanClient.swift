package import HTTP
package import Trading

/// The broker's REST interface for one account. All accounts share the ``HTTPClient``'s thread,
/// on which answers come unless they are known at once: an answer must not block.
package final class DhanClient: Sendable {
    package typealias Answer<Value> = @Sendable (Result<Value, DhanError>) -> Void
    package typealias OnTrouble = @Sendable (AccountID, DhanTrouble) -> Void

    package let account: AccountID
    private let given: DhanAccess
    let http: HTTPClient
    let onTrouble: OnTrouble
    let pacer = DhanPacer()
    let turnedAway = TurnedAwayToken()

    /// - Parameter onTrouble: told each time that an answer says it; not only once.
    package init(
        account: AccountID, access: DhanAccess, http: HTTPClient,
        onTrouble: @escaping OnTrouble = { _, _ in }
    ) {
        self.account = account
        self.given = access
        self.http = http
        self.onTrouble = onTrouble
    }

    /// With this client to ask about a token.
    package var access: DhanAccess {
        var access = given
        access.doubt = { [self] in doubt($0) }
        return access
    }

    /// One read decides; it replaces what is dead, as every read does.
    func doubt(_ token: DhanToken) {
        guard given.token.atOnce() == .success(token) else { return }
        profile { _ in }
    }
}
