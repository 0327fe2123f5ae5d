import MessageBus
import Stages
import Trading
import Workers

/// Holds what is stored against the promises. It is told what was written, and looks after each
/// step at what that was about, and at nothing else.
final class Promises {
    /// What was last seen of a position.
    struct Sight {
        var entry = Quantity.zero
        var exit = Quantity.zero
        var attempt = 0
        var status = PositionStatus.pending
        var isAskedFor = false
        var isStored = false
    }

    struct OrderSight {
        var total = FillTotal(units: .zero, value: .zero, precision: .exact)
        var status = OrderStatus.accepted
    }

    private enum Subject {
        case position(PositionID)
        case order(CorrelationID)
    }

    private(set) var positions: [PositionID: Sight] = [:]
    private(set) var orders: [CorrelationID: OrderSight] = [:]
    /// In the order in which they were first heard of; the commit of some was never carried out.
    private(set) var known: [PositionID] = []
    /// Those that were seen in store, whatever became of them.
    private(set) var created: Set<PositionID> = []
    private var subjects: [Key: Subject] = [:]
    private var dirtyPositions: [PositionID] = []
    private var dirtyOrders: [CorrelationID] = []
    /// Since the last look.
    var acknowledgedExits: [PositionID] = []
    var acknowledgedSignals: [SignalID] = []
    var acknowledgedUpdates: [OrderUpdate] = []
    let session: any BusSession
    unowned let world: World

    static let shard = 0

    init(_ world: World, _ bus: MemoryBus) {
        self.world = world
        session = bus.session(World.ownSession)
    }

    /// Until the next attempt takes it again.
    func lockIsGone(_ id: PositionID) {
        unlocked.insert(id)
        onceUnlocked.insert(id)
        touch(id)
    }
    private var unlocked: Set<PositionID> = []
    private var onceUnlocked: Set<PositionID> = []

    func isLock(_ key: Key) -> Bool { locks.contains(key) }
    private var locks: Set<Key> = []
}

// What was written.
extension Promises {
    func wrote(_ writes: [Write]) {
        for write in writes {
            switch write {
            case .append(let stream, let fields, _): appended(stream, fields)
            case .set(let key, _), .remove(let key, _), .add(let key, _, _), .delete(let key),
                .setText(let key, _, _), .setTextIfAbsent(let key, _, _):
                touched(key)
            case .schedule(let key, let member, _), .unschedule(let key, let member):
                if key == exitsDue { touch(PositionID(member)) }
                if key == ordersDue, let order = CorrelationID(text: member) { touch(order) }
            case .addMember, .removeMember, .push, .expire: break
            }
        }
    }

    private func appended(_ stream: Key, _ fields: Fields) {
        if stream == positionEvents, let event = try? PositionEvent(fields) {
            meet(event.position)
        } else if stream == exitOrders || stream == entryOrders,
            let request = try? OrderRequest(fields)
        {
            meet(request.order)
        }
    }

    private func meet(_ id: PositionID) {
        if positions[id] == nil {
            positions[id] = Sight()
            known.append(id)
            let lock = Keys.exitLock(Self.shard, id)
            locks.insert(lock)
            subjects[lock] = .position(id)
            subjects[Keys.position(Self.shard, id)] = .position(id)
        }
        touch(id)
    }

    private func meet(_ id: CorrelationID) {
        if orders[id] == nil {
            orders[id] = OrderSight()
            subjects[Keys.order(Self.shard, id)] = .order(id)
        }
        touch(id)
    }

    private func touched(_ key: Key) {
        switch subjects[key] {
        case .position(let id): touch(id)
        case .order(let id): touch(id)
        case nil: break
        }
    }

    func touch(_ id: PositionID) {
        if !dirtyPositions.contains(id) { dirtyPositions.append(id) }
    }
    func touch(_ id: CorrelationID) {
        if !dirtyOrders.contains(id) { dirtyOrders.append(id) }
    }

    /// The server has forgotten the end of what was written: what is left is looked at as if it
    /// had never been seen.
    func forget() {
        forgetAcknowledged()
        unlocked = onceUnlocked
        for id in known {
            positions[id] = Sight()
            touch(id)
        }
        for id in orders.keys.sorted() {
            orders[id] = OrderSight()
            touch(id)
        }
    }
}

// What must hold.
extension Promises {
    func check() throws(BusError) {
        while let id = dirtyOrders.popLast() { try check(id) }
        while let id = dirtyPositions.popLast() { try check(id) }
        try checkAcknowledged()
    }

    private func check(_ id: CorrelationID) throws(BusError) {
        let answers = try session.load([
            .hash(Keys.order(Self.shard, id)), .score(ordersDue, member: id.text),
        ]).answers
        guard case .fields(let fields) = answers[0], case .number(let due) = answers[1] else {
            return
        }
        if fields.isEmpty { return orders[id] = OrderSight() }
        guard let order = try? Order(fields, id: id), let last = orders[id] else {
            return world.broken("order \(id) cannot be read")
        }
        orders[id] = OrderSight(total: order.total, status: order.status)
        if order.total < last.total {
            world.broken(
                "P6: \(id) had filled \(last.total.units.text), now \(order.filled.text)")
        }
        if last.status.isFinished, !order.status.isFinished {
            world.broken("P6: \(id) was \(last.status.text), now \(order.status.text)")
        }
        if !order.status.isFinished, due == nil {
            world.broken("P3: \(id) is \(order.status.text) and nobody will look at it")
        }
    }

    private func check(_ id: PositionID) throws(BusError) {
        let answers = try session.load([
            .hash(Keys.position(Self.shard, id)), .text(Keys.exitLock(Self.shard, id)),
            .score(exitsDue, member: id.text),
        ]).answers
        guard case .fields(let fields) = answers[0], case .text(let lock) = answers[1],
            case .number(let due) = answers[2]
        else { return }
        if fields.isEmpty { return positions[id] = Sight() }
        guard let position = try? PositionTracker(fields, id: id), let last = positions[id] else {
            return world.broken("position \(id) cannot be read")
        }
        created.insert(id)
        let isAskedFor = position.exitOrder != nil
        positions[id] = Sight(
            entry: position.entry.quantity, exit: position.exit.quantity,
            attempt: position.exitAttempt, status: position.status, isAskedFor: isAskedFor,
            isStored: true)
        if position.exit.quantity > position.entry.quantity {
            world.broken(
                "P1: \(id) says it sold \(position.exit.quantity.text) of "
                    + position.entry.quantity.text)
        }
        if position.entry.quantity < last.entry || position.exit.quantity < last.exit
            || position.exitAttempt < last.attempt
        {
            world.broken("P6: \(id) went back")
        }
        if let reason = position.reviewReason {
            world.broken("P6: \(id) needs a person: \(reason)")
        }
        if last.isStored, position.exitAttempt > last.attempt { unlocked.remove(id) }
        checkLock(position, isHeld: lock != nil)
        if isAskedFor, !position.status.isClosed {
            try checkSchedule(of: position, due: due)
        }
    }

    /// `exiting` ⇔ lock held. Claim and lock, end and release are one commit each, so there is no
    /// moment between them; a lock that somebody has removed comes back with the next attempt.
    private func checkLock(_ position: PositionTracker, isHeld: Bool) {
        guard (position.status == .exiting) != isHeld,
            isHeld || !unlocked.contains(position.id)
        else { return }
        world.broken(
            isHeld
                ? "lock: \(position.id) is \(position.status.text) and holds the exit lock"
                : "lock: \(position.id) is exiting without the exit lock")
    }

    /// A requested exit has a time at which somebody looks at it, or an entry that asks for it.
    private func checkSchedule(of position: PositionTracker, due: Int?) throws(BusError) {
        if let due {
            let wait = due - world.now.milliseconds
            if wait > Self.longestWait.milliseconds {
                world.broken("P3: nobody looks at \(position.id) for \(wait) ms")
            }
            return
        }
        let waiting = try world.waiting(exits, of: StageName.exitEngine, session)
        let isAsked = waiting.contains { entry in
            (try? entry.fields.find(.position, as: PositionID.self)) == position.id
        }
        if !isAsked {
            world.broken("P3: the exit of \(position.id) was asked for, and nobody will do it")
        }
    }

    /// The slowest attempt of a hopeless exit.
    private static let longestWait = Span.seconds(64)
}

extension Promises {
    var exits: Key { Keys.exits(Self.shard) }
    var exitsDue: Key { Keys.exitsDue(Self.shard) }
    var ordersDue: Key { Keys.ordersDue(Self.shard) }
    var exitOrders: Key { Keys.exitOrders(Self.shard) }
    var entryOrders: Key { Keys.entryOrders(Self.shard) }
    var orderUpdates: Key { Keys.orderUpdates(Self.shard) }
    var positionEvents: Key { Keys.positions(Self.shard) }
}
