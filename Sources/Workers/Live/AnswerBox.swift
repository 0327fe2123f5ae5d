import Brokers
import Synchronization

/// An answer's way from whatever thread it comes on.
final class AnswerBox<Value: Sendable>: Sendable {
    typealias Answer = Result<Value, DhanError>
    private let state = Mutex<Answer?>(nil)

    var answer: Answer? { state.withLock { $0 } }
    func put(_ answer: Answer) { state.withLock { $0 = answer } }
}
