import MessageBus
import Stages
import Trading
import Workers

/// When the feed, people and misfortune do what they do.
struct Script {
    /// How many milliseconds a turn lasts.
    let pace: ClosedRange<Int>
    /// The turn at which a rule, a person and a flatten ask for the same exits at once.
    let storm: Int
    let storesEvery: Int
    var nextTick = EventTime(milliseconds: 0)
    var nextMark = EventTime(milliseconds: 0)
    var nextSignal = EventTime(milliseconds: 0)
    var resumesAt: EventTime?
    var hasLostTail = false

    init(_ chance: inout Chance) {
        pace = 1...[8, 20, 50][chance.number(0...2)]
        storm = chance.number(180...330)
        storesEvery = chance.number(10...60)
    }
}

extension World {
    /// What comes from outside, before each turn.
    func act() throws(BusError) {
        try feed()
        if try opensMore() { try signal() }
        guard !chance.isCalm else { return }
        if steps == script.storm { try storm() }
        if let time = script.resumesAt, time <= now { try resume() }
        if chance.one(in: 60), let id = openPositions().first(where: { _ in chance.one(in: 3) }) {
            try ask(id, .manual)
        }
        try misfortunes()
    }

    private func misfortunes() throws(BusError) {
        if steps % script.storesEvery == 0 { bus.sync() }
        if chance.strikes(.restart) { restart() }
        if chance.strikes(.leaseLost), let stage = chance.element(of: leasedStages) {
            bus.remove(Keys.lease(stage, 0))
            story.tell("misfortune", "the lease of \(stage) is gone")
        }
        if chance.strikes(.foreignOrder) { tradeByHand() }
        if chance.strikes(.leave), let member = chance.element(of: members),
            member.life.canWork
        {
            dismiss(member)
        }
        let exiting = promises.known.filter { promises.positions[$0]?.status == .exiting }
        if !exiting.isEmpty, chance.strikes(.lockLost), let id = chance.element(of: exiting) {
            story.tell("person", "removes the exit lock of \(id)")
            bus.remove(Keys.exitLock(0, id))
            promises.lockIsGone(id)
        }
    }

    private var leasedStages: [String] {
        [StageName.scheduler, StageName.riskManager, Janitor.stage]
    }

    private func tradeByHand() {
        guard let account = chance.element(of: Self.accounts),
            let instrument = chance.element(of: market.instruments)
        else { return }
        exchange.accept(
            Exchange.Listing(
                number: nextNumber(), account: account, order: nil, instrument: instrument.id,
                side: .buy, limit: nil, quantity: Quantity(Market.lot), visibleAt: now))
    }
}

// The feed.
extension World {
    private static let tickEvery = 150...350
    private static let silence = 2_000...5_000

    private func feed() throws(BusError) {
        if now >= script.nextTick {
            market.move(&chance)
            try commit(market.writer.commit(market.ticks(at: now), partition: 0))
            let pause = chance.strikes(.staleTick) ? Self.silence : Self.tickEvery
            script.nextTick = now + chance.span(pause)
        }
        if now >= script.nextMark {
            script.nextMark = now + .seconds(1)
            try commit(market.writer.commit(clock: now, partition: 0))
        }
    }

    private func opensMore() throws(BusError) -> Bool {
        guard now >= script.nextSignal, promises.created.count < plan.positions else {
            return false
        }
        script.nextSignal = now + chance.span(20...300)
        return true
    }

    private func signal() throws(BusError) {
        let signal = market.signal(&chance, at: now)
        story.tell("feed", "signals \(signal.id): \(signal.instrument)")
        try write(.append(Keys.signals, signal.fields), in: .bus)
    }
}

// People.
extension World {
    /// At the same instant, a price beyond every stop, a person and a flatten.
    private func storm() throws(BusError) {
        story.tell("market", "falls by eight percent")
        market.crash()
        script.nextTick = now
        try feed()
        for id in openPositions() { try ask(id, .manual) }
        try flatten()
        script.resumesAt = now + chance.span(100...1_500)
    }

    func flatten() throws(BusError) {
        story.tell("person", "flattens everything")
        try write(
            .set(Keys.halt, ["all": "simulated", Halts.flattenField(.everything): "simulated"]))
        for id in openPositions() { try ask(id, .flatten) }
    }

    func resume() throws(BusError) {
        script.resumesAt = nil
        story.tell("person", "resumes")
        try write(.delete(Keys.halt), in: .bus)
    }

    func openPositions() -> [PositionID] {
        promises.known.filter {
            promises.positions[$0].map { $0.isStored && !$0.status.isClosed } ?? false
        }
    }

    private func ask(_ id: PositionID, _ reason: ExitReason) throws(BusError) {
        let key = Keys.position(0, id)
        guard case .fields(let fields)? = try session.load([.hash(key)]).answers.first,
            let account = try? fields.get(.account, as: AccountID.self),
            let status = fields[Field.status.rawValue]
        else { return }
        let request = ExitRequest(
            position: id, account: account, reason: reason, evidence: "simulated",
            askedBy: "person:simulated", at: now)
        story.tell("person", "asks for the exit of \(id)")
        try write(
            .append(Keys.exits(0), request.fields),
            guards: [.field(key, Field.status.rawValue, is: status)], in: .shard(0))
    }
}

extension World {
    /// What the broker says, as the listener writes it down.
    func deliver(_ event: BrokerEvent) {
        story.tell("listener", "hears \(event.summary)")
        try? write(.append(Keys.brokerEvents(0), event.fields), in: .shard(0))
    }

    func write(
        _ writes: Write..., guards: [Guard] = [], in slot: Slot = .bus
    ) throws(BusError) {
        let change = Change(guards: guards, writes: writes)
        try commit(Commit(slot: slot, owner: .anyone, changes: [change]))
    }

    private func commit(_ commit: Commit) throws(BusError) {
        _ = try session.commit([commit])
        for change in commit.changes { wrote(change.writes) }
    }
}
