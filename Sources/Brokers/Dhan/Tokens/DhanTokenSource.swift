/// Where an account's access token comes from.
///
/// The broker keeps one token alive for each client: a new one ends the older one, so all
/// processes of an account share one source.
package protocol DhanTokenSource: AnyObject, Sendable {
    typealias Answer = @Sendable (Result<DhanToken, DhanTokenError>) -> Void

    /// The current token, which may have to be fetched first.
    func current(_ answer: @escaping Answer)
    /// The broker says that this token is dead. The answer is a newer one, or why there is none.
    func replace(_ dead: DhanToken, _ answer: @escaping Answer)
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
