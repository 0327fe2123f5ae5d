package import Brokers
package import MessageBus
import Synchronization
package import Trading

/// What the brokers' clients of a process find wrong with an account as a whole, on its way to
/// people. Told from any thread.
package final class Troubles: Sendable {
    package struct Trouble: Sendable, Hashable {
        package var account: AccountID
        package var kind: DhanTrouble

        package init(_ account: AccountID, _ kind: DhanTrouble) {
            self.account = account
            self.kind = kind
        }
    }

    private struct State {
        var waiting: Set<Trouble> = []
        var interrupt: (any BusInterrupt)?
    }
    private let state = Mutex(State())

    package init() {}

    package func tell(_ account: AccountID, _ kind: DhanTrouble) {
        let interrupt = state.withLock {
            $0.waiting.insert(Trouble(account, kind))
            return $0.interrupt
        }
        interrupt?.wake()
    }

    func listen(_ interrupt: any BusInterrupt) { state.withLock { $0.interrupt = interrupt } }

    func take() -> [Trouble] {
        let found = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        return found.sorted {
            ($0.account.text, $0.kind.rawValue) < ($1.account.text, $1.kind.rawValue)
        }
    }

    func putBack(_ troubles: [Trouble]) { state.withLock { $0.waiting.formUnion(troubles) } }
}

extension Troubles.Trouble {
    /// What a person is told.
    package func alarm(at now: EventTime) -> Alarm {
        let (severity, text) = words
        return Alarm(
            severity, stage: TroubleWorker.name, message: "\(account): \(text)", account: account,
            at: now)
    }

    private var words: (Severity, String) {
        switch kind {
        case .invalidIP:
            (
                .critical,
                """
                the broker takes no orders from this machine's address: register it at \
                web.dhan.co. Entries are halted; exits go on being tried, close by hand \
                what cannot wait
                """
            )
        case .deadToken:
            (.critical, "the access token is dead and no other is to be had: make a new one")
        case .foreignToken:
            (
                .critical,
                """
                the access token is another client's, so that entries are halted: set \
                client_id, or give this account its own token; start again, and then \
                squareoff resume --account \(account)
                """
            )
        case .tokenEnding:
            (
                .critical,
                "the access token ends soon and cannot be renewed: put a new one into its file"
            )
        case .accountBlocked:
            (.critical, "the broker lets the account not trade. Entries are halted")
        case .noDataPlan:
            (.critical, "the account has no data plan: neither ticks nor quotes come")
        case .rateLimited:
            (.warning, "the broker turns calls away: more than it allows")
        case .noAddress:
            (
                .warning,
                """
                no address is registered at the broker, which takes orders from a registered \
                one only: register this machine's at web.dhan.co
                """
            )
        case .unchecked:
            (
                .warning,
                """
                the broker has not said whether token and address are good, so that orders may \
                be refused: look with squareoff doctor --account \(account)
                """
            )
        }
    }

    /// Why entries of the account are halted; nil where they may go on. What only a person can mend
    /// is resumed by a person.
    package var halt: String? {
        switch kind {
        case .invalidIP: "the broker: invalid IP"
        case .accountBlocked: "the broker: account blocked"
        case .foreignToken: "the broker: token of another client"
        case .deadToken, .tokenEnding, .noDataPlan, .rateLimited, .noAddress, .unchecked: nil
        }
    }
}

/// Alarms people of what brokers' clients have told, and halts entries that could not be placed.
package final class TroubleWorker: Worker {
    package static let name = "broker-watch"

    package let pulse = Pulse(worker: name, stage: name)
    private let troubles: Troubles
    private let session: any BusSession
    /// By the steady clock. Clients tell the same at each call.
    private var toldAt: [Troubles.Trouble: EventTime] = [:]

    private static let silence = Span.seconds(60)

    package init(_ troubles: Troubles, session: any BusSession) {
        self.troubles = troubles
        self.session = session
        troubles.listen(session.interrupt)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        try tell()
        _ = try session.turn(committing: [], count: 1, block: wait ? .seconds(1) : .zero)
    }

    package func failed() {}
    package func leave() throws(BusError) { try tell() }

    private func tell() throws(BusError) {
        let now = session.steady
        let news = troubles.take().filter { trouble in
            toldAt[trouble].map { now - $0 >= Self.silence } ?? true
        }
        guard !news.isEmpty else { return }
        do throws(BusError) {
            let time = try session.load([]).now
            let changes = news.flatMap { $0.changes(at: time) }
            _ = try session.commit(
                changes.map { Commit(slot: .bus, owner: .anyone, changes: [$0]) })
        } catch {
            troubles.putBack(news)
            throw error
        }
        for trouble in news { toldAt[trouble] = now }
    }
}

extension Troubles.Trouble {
    /// A halt that stands there already keeps its reason. Each is a commit of its own: a worker's
    /// user may halt, and do nothing else with the halts.
    fileprivate func changes(at now: EventTime) -> [Change] {
        let alarm = Change(writes: [.append(Keys.alarms, alarm(at: now).fields)])
        guard let halt else { return [alarm] }
        let field = Halts.haltField(.account(account))
        return [
            Change(
                guards: [.fieldAbsent(Keys.halt, field)], writes: [.set(Keys.halt, [field: halt])]),
            alarm,
        ]
    }
}
