import CCurl
import Glibc

/// Calls over HTTP/1.1, many at once, on one thread of its own that owns all of libcurl's handles.
///
/// Callbacks run on that thread: they return at once, and call back into the client freely.
package final class HTTPClient: Sendable {
    package typealias Answer = @Sendable (Result<HTTPResponse, HTTPError>) -> Void

    private let inbox: Inbox

    package init() {
        CurlGlobal.start()
        let inbox = Inbox()
        self.inbox = inbox
        let isRunning = HTTPThread.start {
            guard let loop = HTTPLoop(inbox) else { return inbox.close() }
            loop.run()
        }
        if !isRunning { inbox.close() }
    }

    deinit { inbox.close() }

    /// - Parameters:
    ///   - left: called once, when the last byte has been handed to the socket or never will be;
    ///     at the latest before `answer`.
    ///   - answer: called once.
    package func send(
        _ request: HTTPRequest, left: @escaping @Sendable () -> Void = {},
        _ answer: @escaping Answer
    ) {
        let at = HTTPTime.now() + request.delay
        let call = HTTPCall(request: request, at: at, left: left, answer: answer)
        guard inbox.put(call) else { return call.refuse("the client is closed") }
    }
}

/// A request with those who wait for it.
struct HTTPCall: Sendable {
    let request: HTTPRequest
    /// When it is to begin.
    let at: Int
    let left: @Sendable () -> Void
    let answer: HTTPClient.Answer

    var leaveBy: Int { at + request.leaveWithin }
    var answerBy: Int { at + request.answerWithin }

    func refuse(_ reason: String) {
        left()
        answer(.failure(.notSent(reason)))
    }
}

package enum HTTPTime {
    /// Milliseconds since some fixed moment. Counts while the machine sleeps: what was to leave
    /// before must not leave when it wakes.
    package static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }
}

enum CurlGlobal {
    private static let code = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// Not thread-safe in libcurl itself; a static value is made once.
    static func start() { _ = code }
}
