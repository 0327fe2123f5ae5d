import Synchronization

/// Where an account's access token comes from.
///
/// The broker keeps one token alive for each client: a new one ends the older one, so all
/// processes of an account share one source.
package protocol DhanTokenSource: AnyObject, Sendable {
    typealias Answer = @Sendable (Result<DhanToken, DhanTokenError>) -> Void

    /// The current token, which may have to be fetched first. One that is at hand is given before
    /// the call returns: an order waits for nothing.
    func current(_ answer: @escaping Answer)
    /// The broker says that this token is dead. The answer is a newer one, or why there is none.
    func replace(_ dead: DhanToken, _ answer: @escaping Answer)
}

extension DhanTokenSource {
    /// What the source says at once; nil when it has to fetch a token first.
    func atOnce() -> Result<DhanToken, DhanTokenError>? {
        let said = Said()
        current { result in said.result.withLock { $0 = result } }
        return said.result.withLock { $0 }
    }
}

private final class Said: Sendable {
    let result = Mutex<Result<DhanToken, DhanTokenError>?>(nil)
}

/// An access token. It prints as dots: it must not reach a log.
package struct DhanToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let secret: String

    package init(_ secret: String) { self.secret = secret }

    package var description: String { "…" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

package enum DhanTokenError: Error, Sendable, Hashable {
    /// Asking again later may help: the authority did not answer, or wants to be left in peace.
    case later(String)
    /// Only a person can help.
    case none(String)
}
