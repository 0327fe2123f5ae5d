import Logging
import MessageBus
import Settings
import Trading
import Workers

/// One seed: all stages through their real loops on a bus in memory, a broker with a ledger of
/// its own, and everything that may go wrong between them, in one thread.
final class World {
    let plan: Plan
    let desk: Desk
    let bus: MemoryBus
    /// Of the world itself: nothing goes wrong with it.
    let session: any BusSession
    let story: Story
    var chance: Chance
    var market: Market
    var members: [Member] = []
    /// Who is hired when.
    var hires = Agenda<Post>()
    private(set) var problem: String?
    var steps = 0
    /// Who may have something to do when a stream has grown.
    let readers: [Key: [String]]
    let hiring: Hiring
    let nextFault: NextFault
    let nonces = NonceCounter()
    var freezes = 0
    /// Since when nothing is under way but the reconciler's next look.
    var restsSince: EventTime?
    private var beatAt = EventTime(milliseconds: 0)
    var connection = 0
    private var numbers = 0
    var script: Script
    let streamReaders: [StreamReaders]
    /// Who was given an entry last.
    var owners: [Acknowledgement: String] = [:]
    /// By the process's name: the entries that it has in hand.
    var inHand: [String: [Acknowledgement: Fields]] = [:]
    private(set) lazy var exchange = Exchange(self)
    private(set) lazy var ledger = Ledger(self)
    private(set) lazy var promises = Promises(self, bus)

    static let quiet = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }
    static let accounts: [AccountID] = ["alpha", "bravo"]

    init(_ plan: Plan, desk: Desk, isTold: Bool) {
        self.plan = plan
        self.desk = desk
        hiring = Hiring(desk, log: Self.quiet)
        streamReaders = StreamReaders.all(desk)
        chance = Chance(seed: plan.seed, faults: plan.faults)
        let nextFault = NextFault()
        self.nextFault = nextFault
        bus = MemoryBus(wall: EventTime(Market.day, TimeOfDay(10, 0))) { name in
            name == Self.ownSession ? nil : nextFault.take()
        }
        session = bus.session(Self.ownSession)
        story = Story(isTold: isTold)
        market = Market(desk)
        script = Script(&chance)
        readers = Self.readers
    }

    static let ownSession = "world"

    private static let readers: [Key: [String]] = [
        Keys.ticks(0): [StageName.scheduler, StageName.riskManager],
        Keys.positions(0): [StageName.riskManager],
        Keys.signals: [StageName.entryGuard],
        Keys.exits(0): [StageName.exitEngine],
        Keys.exitOrders(0): [StageName.gateway],
        Keys.entryOrders(0): [StageName.gateway],
        Keys.brokerEvents(0): [StageName.hub],
        Keys.orderUpdates(0): [StageName.handler],
    ]

    var now: EventTime { bus.wall }

    func broken(_ text: String) {
        guard problem == nil else { return }
        problem = text
        story.tell("checker", text)
    }

    func nextNumber() -> OrderNumber {
        numbers += 1
        return OrderNumber("B\(numbers)")
    }

    /// Whether the seed goes on.
    var goesOn: Bool { problem == nil }

    /// One worker has one turn, after a moment in which the world has moved.
    func step() throws(BusError) {
        steps += 1
        story.step = steps
        pass(chance.span(script.pace))
        try act()
        if let member = next() { try turn(member) }
        try promises.check()
    }

    /// Mostly one for whom there may be something to do: a worker without work waits.
    private func next() -> Member? {
        let working = members.filter { $0.life.canWork }
        if chance.one(in: 5) { return chance.element(of: working) }
        let busy = working.filter { $0.life.hasNews }
        return chance.element(of: busy.isEmpty ? working : busy)
    }

    /// Time passes for the market, the broker and everybody's heart.
    func pass(_ span: Span) {
        bus.advance(by: span)
        story.now = now
        exchange.run(until: now)
        while let post = hires.take(until: now) { hire(post) }
        if now - beatAt >= Pulse.period { beat() }
    }

    /// As the heartbeats of all processes that do not stand still.
    private func beat() {
        beatAt = now
        var names: [Write] = []
        for member in members where member.life.canWork {
            try? session.beat(member.worker.pulse, startedAt: member.startedAt)
            names.append(
                .schedule(Keys.workers, member: member.life.name, at: now.milliseconds))
        }
        let commit = Commit(slot: .bus, owner: .anyone, changes: [Change(writes: names)])
        _ = try? session.commit([commit])
    }

    func turn(_ member: Member) throws(BusError) {
        if let until = member.pausedUntil, until > now { return }
        member.life.hasNews = false
        do throws(BusError) {
            try member.worker.turn(wait: false)
        } catch {
            guard !member.life.isDead else { return }
            story.tell(member.life.name, "fails: \(error)")
            member.worker.failed()
            member.pausedUntil = now + .milliseconds(20)
            member.life.hasNews = true
        }
    }
}
