/// Calls over HTTP, many at once, on one thread of its own.
package final class HTTPClient: Sendable {
    package init() {}
}
