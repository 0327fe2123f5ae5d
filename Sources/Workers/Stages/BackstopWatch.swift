import Brokers
import MessageBus
import Stages
import Synchronization
import Trading

/// Keeps the loss limits at the brokers in step with the accounts' own rules.
final class BackstopWatch {
    private let desk: Desk
    private let brokers: [AccountID: any LossBackstop]
    private let news: News
    /// By the steady clock.
    private var lookAt: [AccountID: EventTime] = [:]

    /// The broker forgets it with the day, and a person may change it.
    private static let every = Span.minutes(5)
    /// After a failure the account is without it.
    private static let again = Span.minutes(1)

    init(_ desk: Desk, _ brokers: [AccountID: any Broker], interrupt: any BusInterrupt) {
        self.desk = desk
        self.brokers = brokers.compactMapValues { $0 as? any LossBackstop }
        news = News(interrupt)
    }

    var hasNews: Bool { news.waiting.withLock { !$0.isEmpty } }

    /// Asks those whose time has come, corrects what they say, and tells people of it.
    func turn(wall: EventTime, steady: EventTime) -> [Alarm] {
        for (account, broker) in brokers where lookAt[account].map({ steady >= $0 }) ?? true {
            lookAt[account] = steady + Self.every
            broker.lossLimit { [news] in news.put(.stands(account, $0)) }
        }
        return news.take().compactMap { item in
            if let account = item.failed { lookAt[account] = steady + Self.again }
            return learn(item, at: wall)
        }
    }

    private func learn(_ item: News.Item, at now: EventTime) -> Alarm? {
        switch item {
        case .stands(let account, .success(let stands)):
            guard let profile = desk.accounts[account],
                let loss = Backstop.correction(of: profile, stands: stands)
            else { return nil }
            brokers[account]?.setLossLimit(loss) { [news] in news.put(.set(account, loss, $0)) }
            return nil
        case .stands(let account, .failure(let error)):
            return alarm(.warning, account, "the broker's loss limit is unknown: \(error)", now)
        case .set(let account, let loss, .success):
            return alarm(.notice, account, "the broker closes all at a loss of \(loss.text)", now)
        case .set(let account, let loss, .failure(let error)):
            let words = "the broker does not take the loss limit of \(loss.text): \(error)"
            return alarm(.warning, account, words, now)
        }
    }

    private func alarm(
        _ severity: Severity, _ account: AccountID, _ words: String, _ now: EventTime
    ) -> Alarm {
        Alarm(
            severity, stage: Reconciler.name, message: "\(account): \(words)", account: account,
            at: now)
    }
}

extension BackstopWatch {
    /// Answers come on whatever thread the broker's client has.
    final class News: Sendable {
        enum Item: Sendable {
            case stands(AccountID, Result<Money?, BrokerError>)
            case set(AccountID, Money, Result<Void, BrokerError>)

            /// The account, where the call brought nothing.
            var failed: AccountID? {
                switch self {
                case .stands(let account, .failure), .set(let account, _, .failure): account
                case .stands(_, .success), .set(_, _, .success): nil
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
