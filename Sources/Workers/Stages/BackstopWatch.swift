import Brokers
import MessageBus
import Stages
import Synchronization
import Trading

/// Keeps the loss limits at the brokers in step with the accounts' own rules.
///
///     note ──▶ broker: what stands? ──▶ still the same note? ──▶ Backstop ──▶ set, note, tell
///
/// Several reconcilers may look at one account, and what each has noted binds all of them. An
/// answer counts only while what is noted is what was noted when the broker was asked: else it may
/// be older, and the broker is asked again.
final class BackstopWatch {
    private let desk: Desk
    private let shard: Int
    private let brokers: [AccountID: any LossBackstop]
    private let news: News
    /// By the steady clock.
    private var lookAt: [AccountID: EventTime] = [:]
    /// Answers that nobody has decided on, because the bus failed.
    private var inHand: [News.Item] = []
    /// Limits that stand at the broker, until that is noted. Lost with this process alone: the next
    /// one sees them stand.
    private var unnoted: [AccountID: Money] = [:]

    /// The broker forgets it with the day, and a person may change it.
    private static let every = Span.minutes(5)
    /// After a failure the account is without it.
    private static let again = Span.minutes(1)

    init(
        _ desk: Desk, shard: Int, _ brokers: [AccountID: any Broker],
        interrupt: any BusInterrupt
    ) {
        self.desk = desk
        self.shard = shard
        self.brokers = brokers.compactMapValues { $0 as? any LossBackstop }
        news = News(interrupt)
    }

    var hasNews: Bool { !inHand.isEmpty || news.waiting.withLock { !$0.isEmpty } }

    /// Asks those whose time has come, corrects what they say, notes it, and tells people.
    func turn(_ work: Work, _ session: any BusSession) throws(BusError) -> [Step] {
        let steady = session.steady
        inHand += news.take()
        let due = Set(brokers.keys.filter { isDue($0, steady) })
        let concerned = due.union(unnoted.keys).union(inHand.map(\.account))
        guard !concerned.isEmpty else { return [] }
        var load = ShardLoad(desk, shard: shard, worker: work.worker)
        try load.load([], tolerating: concerned.map { Keys.lossLimit(shard, $0) }, session)
        let items = inHand
        inHand = []
        var steps: [Step] = []
        for account in concerned.sorted() {
            switch load.lossLimit(account) {
            case .success(let noted):
                for item in items where item.account == account {
                    steps += learn(item, noted, &load, steady)
                }
                steps += note(account, noted, &load)
                if due.contains(account), unnoted[account] == nil { look(account, noted, steady) }
            case .failure(let error):
                unnoted[account] = nil
                lookAt[account] = steady + Self.again
                let words = "what is noted of the broker's loss limit cannot be read, so that none "
                steps.append(tell(account, words + "is set: \(error)", load.wall))
            }
        }
        return steps
    }

    private func isDue(_ account: AccountID, _ now: EventTime) -> Bool {
        lookAt[account].map { now >= $0 } ?? true
    }

    private func look(_ account: AccountID, _ noted: LossLimit?, _ now: EventTime) {
        lookAt[account] = now + Self.every
        let rev = noted?.rev ?? 0
        brokers[account]?.lossLimit { [news] in news.put(.stands(account, rev, $0)) }
    }

    private func learn(
        _ item: News.Item, _ noted: LossLimit?, _ load: inout ShardLoad, _ now: EventTime
    ) -> [Step] {
        switch item {
        case .stands(let account, let rev, .success(let stands)):
            guard rev == noted?.rev ?? 0, unnoted[account] == nil else {
                lookAt[account] = now
                return []
            }
            return act(account, on: stands, noted, &load)
        case .stands(let account, _, .failure(let error)):
            lookAt[account] = now + Self.again
            return [tell(account, "the broker's loss limit is unknown: \(error)", load.wall)]
        case .set(let account, let loss, .success):
            unnoted[account] = loss
            return []
        case .set(let account, let loss, .failure(let error)):
            lookAt[account] = now + Self.again
            let words = "the broker does not take the loss limit of \(loss.text): \(error)"
            return [tell(account, words, load.wall)]
        }
    }

    private func act(
        _ account: AccountID, on stands: Money?, _ noted: LossLimit?, _ load: inout ShardLoad
    ) -> [Step] {
        guard let profile = desk.accounts[account] else { return [] }
        let now = load.wall
        let action = Backstop.decide(
            for: profile, stands: stands, noted: noted, on: now.day,
            Backstop.Phase(desk.calendar.session(on: now.day), at: now))
        switch action {
        case .set(let loss):
            brokers[account]?.setLossLimit(loss) { [news] in news.put(.set(account, loss, $0)) }
            return []
        case .note(let loss):
            unnoted[account] = loss
            return []
        case .tell(var limit):
            limit.goneAt = now
            let words = """
                the broker's loss limit of \(limit.loss.text) has fired, or somebody has switched \
                it off: all may have been sold by the broker, and none is set before the next day
                """
            let alarm = alarm(.critical, account, words, now)
            return [save(limit, alarm, of: account, &load)]
        case .nothing: return []
        }
    }

    /// Writes down what stands at the broker, again and again until it is stored.
    private func note(
        _ account: AccountID, _ noted: LossLimit?, _ load: inout ShardLoad
    ) -> [Step] {
        guard let loss = unnoted[account] else { return [] }
        var limit = LossLimit(on: load.wall.day, loss)
        limit.rev = noted?.rev ?? 0
        let words = "the broker closes all at a loss of \(loss.text)"
        let alarm = alarm(.notice, account, words, load.wall)
        return [
            save(limit, alarm, of: account, &load) { [self] verdict in
                if verdict == .applied { unnoted[account] = nil }
            }
        ]
    }

    private func save(
        _ limit: LossLimit, _ alarm: Alarm, of account: AccountID, _ load: inout ShardLoad,
        then: ((CommitVerdict) -> Void)? = nil
    ) -> Step {
        load.step(nil, then: then) { _ in
            .commit([.saveLossLimit(limit, account), .alarm(alarm)])
        }
    }

    private func tell(_ account: AccountID, _ words: String, _ now: EventTime) -> Step {
        Step(nil, .commit(Change(), alarms: [alarm(.warning, account, words, now)]))
    }

    private func alarm(
        _ severity: Severity, _ account: AccountID, _ words: String, _ now: EventTime
    ) -> Alarm {
        Alarm(
            severity, stage: Reconciler.name, message: "\(account): \(words)", account: account,
            at: now)
    }
}

extension ShardLoad {
    /// One that cannot be read is never taken for none.
    fileprivate func lossLimit(_ account: AccountID) -> Result<LossLimit?, Unreadable> {
        if let reason = unreadable[Keys.lossLimit(ledger.shard, account)] {
            return .failure(Unreadable(reason: reason))
        }
        do throws(FieldError) {
            return .success(try ledger.lossLimit(account))
        } catch {
            return .failure(Unreadable(reason: "\(error)"))
        }
    }
}
