import HTTP
import Support
import Synchronization

/// What one call came to.
struct Outcome: Sendable {
    var result: Result<HTTPResponse, HTTPError>
    /// In what order the callbacks came.
    var events: [String]

    var status: Int? { try? result.get().status }
    var text: String? { (try? result.get()).map { String(decoding: $0.body, as: UTF8.self) } }
    var isNotSent: Bool {
        if case .failure(.notSent) = result { true } else { false }
    }
    var isUnanswered: Bool {
        if case .failure(.unanswered) = result { true } else { false }
    }
}

extension HTTPClient {
    func call(_ request: HTTPRequest) async -> Outcome {
        let events = Mutexed<[String]>([])
        let result = await withCheckedContinuation { continuation in
            send(request, left: { events.change { $0.append("left") } }) { result in
                events.change { $0.append("answer") }
                continuation.resume(returning: result)
            }
        }
        return Outcome(result: result, events: events.value)
    }

    func get(_ url: String) async -> Outcome { await call(HTTPRequest(.get, url)) }
    func post(_ url: String, _ body: String) async -> Outcome {
        await call(HTTPRequest(.post, url, body: Array(body.utf8)))
    }
}

/// A value that several threads change.
final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock { $0 } }
    func change<Result: Sendable>(_ change: @Sendable (inout Value) -> Result) -> Result {
        mutex.withLock { change(&$0) }
    }
}
