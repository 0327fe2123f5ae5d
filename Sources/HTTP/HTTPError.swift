/// What the caller of a server may do next.
package enum HTTPError: Error, Sendable, Hashable {
    /// Not a byte of the request has left; it may be made again.
    case notSent(String)
    /// It left, or may have; the server may have acted on it.
    case unanswered(String)
}
