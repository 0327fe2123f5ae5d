package import Brokers
package import Logging
package import MessageBus
import Trading

/// The broker's prices: ticks from its feed, and a mark of the clock each second.
///
/// One process has the feed. A tick's time is when it was received, by the pipeline's clock, and no
/// earlier than the one before: the exchange's own is told in whole seconds, and by another clock.
package final class MarketFeed: Worker {
    package let pulse: Pulse
    private let desk: Desk
    private let session: any BusSession
    private let sockets: FeedSockets
    private let log: Logger
    private var tenancy: Tenancy
    private var wants: FeedWants
    private var writer: MarketWriter
    private var book = FeedBook()
    private var sightings: Sightings
    private var fallback: QuoteFallback
    private var warmUp: WarmUp
    private var supply: InstrumentSupply?
    private var sources: FeedSources
    private var spots: [IndexName: Price] = [:]
    private var lastAt = EventTime(milliseconds: 0)
    /// From the wall's clock to the pipeline's.
    private var ahead = Span.zero
    private var markedAt = 0
    /// By the steady clock.
    private var lookedAt: EventTime?
    private var quotedAt: EventTime?
    private var fallbackFails: String?
    private var hasFailed = false

    private static let longestWait = Span.milliseconds(500)
    /// A position that was opened without a candidate's price waits this long for one at most.
    private static let lookEvery = Span.milliseconds(500)
    private static let batch = 256

    /// - Parameters:
    ///   - source: whose feed it is, and what is asked where that is silent, or was before.
    ///   - spares: taken in turn where the broker gives nothing to the first.
    ///   - lists: where contracts come from; nil where a person brings them.
    package init(
        _ desk: Desk, _ source: FeedSource, spares: [FeedSource] = [],
        lists: (any ContractLister)? = nil, over transport: any SocketTransport,
        session: any BusSession, name: WorkerName, log: Logger
    ) {
        self.desk = desk
        self.session = session
        self.log = log
        let interrupt = session.interrupt
        sources = FeedSources([source] + spares)
        sockets = FeedSockets(
            source.access, over: transport, seed: FNV1a.hash(name.text), log: log,
            wake: { interrupt.wake() })
        tenancy = Tenancy(of: Keys.lease(StageName.marketFeed, 0), by: name.text)
        wants = FeedWants(desk, log: log)
        writer = MarketWriter(desk.keys, InstrumentList([]))
        // Half of what would be an alarm: the answer must come before.
        let alarms = desk.accounts.values.map { $0.risk.staleAlarm }.min() ?? .seconds(10)
        let limit = Span(milliseconds: alarms.milliseconds / 2)
        fallback = QuoteFallback(source.prices, limit: limit)
        sightings = Sightings(youth: limit)
        warmUp = WarmUp(desk, source.prices)
        supply = lists.map { InstrumentSupply(desk, $0, log: log) }
        pulse = Pulse(worker: name.text, stage: StageName.marketFeed)
    }

    package var interrupt: any BusInterrupt { session.interrupt }

    package func turn(wait: Bool) throws(BusError) {
        defer { say(session.takeNotes(), log) }
        let (began, started) = (session.wall, ContinuousClock.now)
        guard try tenancy.hold(session) else { return try standBy(since: began, wait: wait) }
        pulse.update { $0.role = Role.holder }
        let now = session.steady
        try supplyInstruments(at: now)
        try look(at: now)
        let ticks = ticks(at: now)
        let commits =
            Commit.raising(alarms(at: now)) + past(at: now) + commits(ticks) + marks()
        pulse.turned(at: began, since: started, handled: ticks.count)
        let turn = try session.turn(
            committing: commits, count: 1, block: wait ? pause(from: now) : .zero)
        for case .wrongType(let key) in turn.verdicts.joined() {
            throw .retry("\(key) has a wrong type")
        }
        if let loss = turn.loss { throw loss }
        try leaveIfCutOff(at: now)
    }

    /// The connections stand. What they bring until the next turn is of then, and would be
    /// written as of now.
    package func failed() {
        hasFailed = true
        tenancy.doubt()
        lookedAt = nil
        pulse.update { $0.role = nil }
    }

    package func leave() throws(BusError) {
        sockets.close()
        try tenancy.giveBack(session)
    }
}

extension MarketFeed {
    private func standBy(since began: EventTime, wait: Bool) throws(BusError) {
        let role = tenancy.role(at: session.steady)
        pulse.update { $0.role = role }
        sockets.standBy()
        book.forget()
        // The holder may put another one there.
        wants.forgetList()
        sightings.forget()
        pulse.turned(at: began, since: .now, handled: 0)
        _ = try session.turn(committing: [], count: 1, block: wait ? Self.longestWait : .zero)
    }

    /// To another process, where neither ticks nor quotes reach this one.
    private func leaveIfCutOff(at now: EventTime) throws(BusError) {
        guard sockets.takeCutOff(), isMarketOpen,
            quotedAt.map({ now - $0 >= Reach.patience }) ?? true,
            let (heir, isFirst) = try tenancy.leave(session)
        else { return }
        let message = "\(pulse.worker) does not reach the broker: the feed is left to \(heir)"
        log.warning("\(message)")
        guard isFirst else { return }
        let alarm = Alarm(
            .warning, stage: StageName.marketFeed, message: message, at: session.wall)
        _ = try session.commit(Commit.raising([alarm]))
    }

    /// Before it is looked which of them are wanted.
    private func supplyInstruments(at now: EventTime) throws(BusError) {
        let interrupt = session.interrupt
        guard let commit = try supply?.turn(session, at: now, wake: { interrupt.wake() })
        else { return }
        _ = try session.commit([commit])
        wants.forgetList()
        lookedAt = nil
    }

    private func look(at now: EventTime) throws(BusError) {
        if let lookedAt, now - lookedAt < Self.lookEvery { return }
        let clocks = try session.load([])
        ahead = clocks.now - clocks.wall
        let wanted = try wants.look(session, spots: spots, on: clocks.now.day)
        lookedAt = now
        writer = MarketWriter(desk.keys, wants.instruments.list)
        fallback.watch(wants.open, at: now)
        // Without a connection there is nothing to come, and no end of what is missing.
        if sockets.isOpen { try warmUp.look(session, at: now) }
        sockets.subscribe(wanted)
    }

    private func ticks(at now: EventTime) -> [Tick] {
        let list = wants.instruments
        lastAt = max(lastAt, session.wall + ahead)
        let brought = sockets.turn(at: now, isTrading: isMarketOpen) { list[$0]?.tickSize }
        change(at: now)
        let packets = hasFailed ? [] : brought
        let hasOpened = sockets.takeOpening()
        if hasOpened { tenancy.arrived() }
        if hasOpened || hasFailed { warmUp.resume() }
        hasFailed = false
        var ticks: [Tick] = []
        for packet in packets {
            guard let tick = book.take(packet, at: lastAt) else { continue }
            if let index = MarketIndex.with(id: tick.instrument)?.name {
                spots[index] = tick.quote.ltp
            }
            guard sightings.isNews(tick) else { continue }
            ticks.append(tick)
            fallback.ticked(tick.instrument, at: now)
        }
        sockets.heard(ticks.map(\.instrument), at: now)
        return ticks + quoted(at: now)
    }

    /// What has to stand before this turn's ticks.
    private func past(at now: EventTime) -> [Commit] {
        let interrupt = session.interrupt
        return warmUp.events(at: now, time: lastAt, wake: { interrupt.wake() })
            .map { writer.commit($0.event, partition: $0.partition) }
    }

    /// To another account's right to data, where the broker gives this one nothing.
    private func change(at now: EventTime) {
        guard let source = sources.next(at: now, isFailing: sockets.isFailing(at: now)) else {
            return
        }
        log.warning("the market feed goes on as client \(source.access.clientID)")
        sockets.use(source.access)
        fallback.use(source.prices)
        warmUp.use(source.prices)
        lookedAt = nil
    }

    /// Prices that the broker was asked for because the feed was silent.
    private func quoted(at now: EventTime) -> [Tick] {
        defer {
            if isMarketOpen {
                let interrupt = session.interrupt
                fallback.ask(at: now, wake: { interrupt.wake() })
            }
        }
        switch fallback.answer() {
        case nil: return []
        case .failure(let error):
            if fallbackFails == nil { log.error("quotes cannot be read: \(error.reason)") }
            fallbackFails = error.reason
            return []
        case .success(let quotes):
            fallbackFails = nil
            quotedAt = now
            log.info("the feed is silent: \(quotes.count) quotes were read")
            var ticks: [Tick] = []
            for tick in quotes.compactMap({ $0.tick(at: lastAt) }) where sightings.isNews(tick) {
                ticks.append(tick)
                fallback.ticked(tick.instrument, at: now)
            }
            return ticks
        }
    }

    private var isMarketOpen: Bool {
        desk.calendar.session(on: lastAt.day).isOpen(at: lastAt)
    }

    /// Ticks of one partition keep their order.
    private func commits(_ ticks: [Tick]) -> [Commit] {
        var byPartition: [Int: [Tick]] = [:]
        for tick in ticks {
            guard let partition = writer.partition(of: tick.instrument) else { continue }
            byPartition[partition, default: []].append(tick)
        }
        return byPartition.sorted { $0.key < $1.key }.flatMap { partition, ticks in
            stride(from: 0, to: ticks.count, by: Self.batch).map { start in
                writer.commit(
                    Array(ticks[start..<min(start + Self.batch, ticks.count)]),
                    partition: partition)
            }
        }
    }

    /// Also where nothing ticks: the rules of the clock go by them.
    private func marks() -> [Commit] {
        let second = lastAt.milliseconds / 1_000
        guard second > markedAt else { return [] }
        markedAt = second
        return (0..<desk.keys.partitions).map { writer.commit(clock: lastAt, partition: $0) }
    }

    private func alarms(at now: EventTime) -> [Alarm] {
        let notice = sockets.outageNotice(at: now).map { notice in
            Alarm(
                notice.isOver ? .notice : .critical, stage: StageName.marketFeed,
                message: notice.message, at: session.wall)
        }
        let supply = supply?.alarm(at: session.wall)
        return [notice, supply].compactMap(\.self) + warmUp.alarms(at: session.wall)
    }

    private func pause(from now: EventTime) -> Span {
        let mark = Span(milliseconds: 1_000 - (session.wall + ahead).milliseconds % 1_000)
        let due = sockets.due(at: now).map { $0 - now } ?? Self.longestWait
        return max(.zero, min(Self.longestWait, mark, due))
    }
}
