import Brokers
import MessageBus
import Synchronization
import Trading

extension BackstopWatch {
    /// Answers come on whatever thread the broker's client has.
    final class News: Sendable {
        enum Item: Sendable {
            /// With the `rev` of what was noted when the broker was asked.
            case stands(AccountID, Int, Result<Money?, BrokerError>)
            case set(AccountID, Money, Result<Void, BrokerError>)

            var account: AccountID {
                switch self {
                case .stands(let account, _, _), .set(let account, _, _): account
                }
            }
        }
        let waiting = Mutex<[Item]>([])
        private let interrupt: any BusInterrupt

        init(_ interrupt: any BusInterrupt) { self.interrupt = interrupt }

        func put(_ item: Item) {
            waiting.withLock { $0.append(item) }
            interrupt.wake()
        }

        func take() -> [Item] {
            waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
        }
    }
}
