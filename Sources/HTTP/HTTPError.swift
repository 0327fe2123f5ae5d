/// What the caller of a server may do next. The texts name the host and nothing else of the
/// request: its query and its headers hold secrets.
package enum HTTPError: Error, Sendable, Hashable {
    /// Not a byte of the request has left; it may be made again.
    case notSent(String)
    /// It left, or may have; the server may have acted on it.
    case unanswered(String)
}
