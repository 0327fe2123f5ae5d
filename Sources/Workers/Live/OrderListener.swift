package import Brokers
package import Logging
package import MessageBus
package import Trading

/// Writes what the broker says of an account's orders, as it says it, to `broker-events`.
///
/// The broker repeats nothing: what was said while nobody listened is lost. So after each connect
/// the account's books are to be read, and after anything that was not understood. One process
/// listens to an account; that two of them do for a moment harms nobody.
package final class OrderListener: Worker {
    package let pulse: Pulse
    private let account: AccountID
    private let client: String
    private let shard: Int
    private let session: any BusSession
    private let calendar: TradingCalendar
    private let reach: Reach
    private let socket: DhanSocket
    private let log: Logger
    private var tenancy: Tenancy
    /// Of which it is not known yet at what time, by the pipeline's clock.
    private var heard: [OrderAlert] = []
    /// What the server may not have.
    private var unwritten: [BrokerEvent] = []
    private var asksForBooks = false
    private var outage: Outage
    /// By the steady clock: when silence is suspect.
    private var suspectAt = EventTime(milliseconds: 0)

    private static let longestWait = Span.milliseconds(500)
    /// The broker drops connections without a word now and then.
    private static let suspectSilence = Span.seconds(45)
    /// More than a broker says while a server is restarted.
    private static let mostUnwritten = 10_000

    package init(
        _ desk: Desk, account: AccountID, access: DhanAccess, over transport: any SocketTransport,
        session: any BusSession, name: WorkerName, log: Logger
    ) {
        self.account = account
        self.session = session
        self.log = log
        client = access.clientID
        shard = desk.keys.shard(of: account)
        calendar = desk.calendar
        let (interrupt, reach) = (session.interrupt, Reach(transport))
        self.reach = reach
        socket = DhanSocket(
            .orders, access, over: reach, seed: FNV1a.hash(name.text + account.text),
            wake: { interrupt.wake() })
        tenancy = Tenancy(of: Keys.lease(StageName.orderListener, account), by: name.text)
        outage = Outage(of: "the order socket of \(account)")
        pulse = Pulse(worker: name.text, stage: StageName.orderListener)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        defer { say(session.takeNotes(), log) }
        let (began, started) = (session.wall, ContinuousClock.now)
        guard try tenancy.hold(session) else { return try standBy(since: began, wait: wait) }
        pulse.update { $0.role = Role.holder }
        let now = session.steady
        for news in socket.turn(at: now) {
            reach.take(news, at: now)
            take(news, now)
        }
        try doubtSilence(at: now)
        let handled = heard.count
        try stamp()
        let commits = Commit.raising(alarms(at: now)) + commits()
        pulse.turned(at: began, since: started, handled: handled)
        let turn = try session.turn(
            committing: commits, count: 1, block: wait ? pause(from: now) : .zero)
        try learn(turn)
        try leaveIfCutOff()
    }

    /// The connection stands: to make a new one would cost what is said meanwhile.
    package func failed() {
        tenancy.doubt()
        pulse.update { $0.role = nil }
    }

    package func leave() throws(BusError) {
        socket.close()
        try stamp()
        if !unwritten.isEmpty { _ = try session.commit(commits()) }
        try tenancy.giveBack(session)
    }
}

extension OrderListener {
    /// Somebody else listens, and reads the books when he begins.
    private func standBy(since began: EventTime, wait: Bool) throws(BusError) {
        let role = tenancy.role(at: session.steady)
        pulse.update { $0.role = role }
        if socket.isOpen { log.warning("another process listens to \(account)") }
        socket.close()
        reach.forget()
        outage.forget()
        (heard, unwritten) = ([], [])
        pulse.turned(at: began, since: .now, handled: 0)
        _ = try session.turn(committing: [], count: 1, block: wait ? Self.longestWait : .zero)
    }

    /// To another process, where this one does not reach the broker. All that was heard is written.
    private func leaveIfCutOff() throws(BusError) {
        let wall = session.wall
        guard reach.takeCutOff(), calendar.session(on: wall.day).isOpen(at: wall),
            let (heir, isFirst) = try tenancy.leave(session)
        else { return }
        let message = "\(pulse.worker) does not reach the broker: it is left to \(heir)"
        log.warning("\(message)")
        guard isFirst else { return }
        let alarm = Alarm(
            .warning, stage: StageName.orderListener, message: message, account: account, at: wall)
        _ = try session.commit(Commit.raising([alarm]))
    }

    private func take(_ news: DhanSocket.News, _ now: EventTime) {
        switch news {
        case .opened:
            tenancy.arrived()
            outage.end(at: now)
            asksForBooks = true
            suspectAt = now + Self.suspectSilence
            log.info("listens to the orders of \(account)")
        case .text(let bytes): take(OrderFrame(bytes), now)
        case .binary(let bytes): log.info("\(account): a binary frame of \(bytes.count) bytes")
        case .ended(let end):
            outage.begin(at: now, because: "\(end)")
            log.warning("the order socket of \(account): \(end)")
        }
    }

    private func take(_ frame: OrderFrame, _ now: EventTime) {
        suspectAt = now + Self.suspectSilence
        for alert in frame.alerts {
            guard alert.client == nil || alert.client == client else {
                log.warning("\(account): an alert for another client")
                continue
            }
            heard.append(alert)
        }
        for other in frame.others { log.info("\(account): a message of type '\(other)'") }
        for refusal in frame.refusals {
            asksForBooks = true
            log.warning("\(account): not believed: \(refusal)")
            pulse.update { $0.lastError = "not believed: \(refusal)" }
        }
        if frame.isTooMany {
            socket.coolOff(at: now)
            log.warning("\(account): the broker asks for fewer connections")
        }
        guard heard.count + unwritten.count > Self.mostUnwritten else { return }
        log.error("\(account): nothing can be written; the books will have it")
        (heard, unwritten) = ([], [])
        asksForBooks = true
    }

    private func stamp() throws(BusError) {
        guard !heard.isEmpty else { return }
        let now = try session.load([]).now
        unwritten += heard.map { $0.event(of: account, at: now) }
        heard = []
    }

    /// A quiet socket is ordinary, but for an account that something works in.
    private func doubtSilence(at now: EventTime) throws(BusError) {
        guard socket.isOpen, now >= suspectAt else { return }
        suspectAt = now + Self.suspectSilence
        let found = try session.loadEach([.count(Keys.ordersDue(shard))]).answers.first
        guard case .success(.number(0))? = found else { return asksForBooks = true }
    }

    private func commits() -> [Commit] {
        var writes: [Write] = unwritten.map { .append(Keys.brokerEvents(shard), $0.fields) }
        if asksForBooks {
            writes.append(
                .schedule(
                    Keys.reconcileDue(shard), member: account.text,
                    at: session.wall.milliseconds))
        }
        guard !writes.isEmpty else { return [] }
        return [
            Commit(slot: .shard(shard), owner: .anyone, changes: [Change(writes: writes)])
        ]
    }

    private func alarms(at now: EventTime) -> [Alarm] {
        outage.alarm(at: now).map {
            Alarm(
                $0.isOver ? .notice : .warning, stage: StageName.orderListener,
                message: $0.message, account: account, at: session.wall)
        }.map { [$0] } ?? []
    }

    private func learn(_ turn: Turn) throws(BusError) {
        for verdict in turn.verdicts.joined() {
            // All of it stays in hand: only a person can mend the key.
            if case .wrongType(let key) = verdict { throw .retry("\(key) has a wrong type") }
        }
        unwritten = []
        asksForBooks = false
        if let loss = turn.loss { throw loss }
    }

    private func pause(from now: EventTime) -> Span {
        max(.zero, min(Self.longestWait, socket.due(at: now) - now))
    }
}
