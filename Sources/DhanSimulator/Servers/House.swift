import Foundation
import NIOCore
import Synchronization
import Trading

/// The broker's house: the engine, the clock on its wall, and who is connected. Everything happens
/// on one event loop; the lock is for the compiler, and never held while something is sent.
final class House: Sendable {
    struct State {
        var engine: Engine
        var clock: SimulatorClock
        var calls: [CallID: RestCustomer] = [:]
        var callCount = 0
        /// Words that have gone out on order sockets, each as often as somebody listened.
        var wordCount = 0
        var customers: [ClientID: [OrderCustomer]] = [:]
        var feed = FeedRoom()
        /// Until then, by the wall's clock, connecting to a socket is answered by 429.
        var handshakesBusyUntil = 0
        var ledger: [String] = []
        var alarm: (at: Int, task: Scheduled<Void>)?
    }

    let loop: any EventLoop
    private let state: Mutex<State>
    private let file: LedgerFile?

    init(_ settings: SimulatorSettings, _ loop: any EventLoop) throws(SimulatorError) {
        self.loop = loop
        file = if let path = settings.ledger { try LedgerFile(path: path) } else { nil }
        var engine = Engine(settings.engine)
        let now = settings.clock.now(wall: Self.wall())
        for client in settings.clients {
            engine.add(SimulatedAccount(client.id, token: nil, opening: client.funds))
            engine.issue(to: client.id, client.token, now: now)
        }
        state = Mutex(State(engine: engine, clock: settings.clock))
    }

    static func wall() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    }

    /// Does something with the engine, and then everything that follows from it: the ledger first.
    @discardableResult
    func perform<Result: Sendable>(
        _ body: (inout State, EventTime) -> Result
    ) -> Result {
        let (result, happenings) = state.withLock { state in
            let now = state.clock.now(wall: Self.wall())
            state.engine.run(now: now)
            let result = body(&state, now)
            // What follows at once, also where a stopped clock would not come to it.
            state.engine.run(now: now)
            let happenings = state.engine.outbox
            state.engine.outbox = []
            write(happenings, &state)
            setAlarm(&state)
            return (result, happenings)
        }
        deliver(happenings)
        return result
    }

    private func write(_ happenings: [Engine.Happening], _ state: inout State) {
        let wall = Self.wall()
        let shift = state.clock.now(wall: wall).milliseconds - wall
        for case .ledger(let line) in happenings {
            let text = line.json(shift: shift).text
            state.ledger.append(text)
            do {
                try file?.append(text)
            } catch {
                // Whoever judges by the ledger must not go on with one that has a hole.
                preconditionFailure("\(error)")
            }
        }
    }

    private func deliver(_ happenings: [Engine.Happening]) {
        for happening in happenings {
            switch happening {
            case .ledger: break
            case .reply(let id, let reply):
                state.withLock { $0.calls.removeValue(forKey: id) }?.send(reply)
            case .say(let client, let text):
                let listeners = state.withLock { state in
                    let listeners = state.customers[client] ?? []
                    state.wordCount += listeners.count
                    return listeners
                }
                for customer in listeners { customer.say(text) }
            case .socket(let client, let end):
                for customer in state.withLock({ $0.customers[client] ?? [] }) {
                    self.end(customer, of: client, end)
                }
            case .tick(let tick, let isJoined):
                let room = state.withLock { ($0.feed, $0.engine.market[tick.instrument]) }
                room.0.spread(tick, room.1, isJoined: isJoined)
            case .feed(let end): state.withLock { $0.feed }.end(end)
            case .packet(let bytes): state.withLock { $0.feed }.spread(bytes)
            }
        }
    }

    /// Wakes when the engine has something to do.
    private func setAlarm(_ state: inout State) {
        guard case .running(let ahead) = state.clock, let due = state.engine.due else { return }
        let wall = due.milliseconds - ahead
        if let alarm = state.alarm {
            guard wall < alarm.at else { return }
            alarm.task.cancel()
        }
        let delay = TimeAmount.milliseconds(Int64(max(0, wall - Self.wall())))
        state.alarm = (wall, loop.scheduleTask(in: delay) { [weak self] in self?.wake() })
    }

    private func wake() {
        state.withLock { $0.alarm = nil }
        perform { _, _ in }
    }

    // MARK: Who comes and goes

    func take(_ call: Call, _ customer: RestCustomer) {
        if call.route.first == "control" { return customer.send(control(call)) }
        perform { state, now in
            state.callCount += 1
            let id = CallID(state.callCount)
            state.calls[id] = customer
            state.engine.handle(call, id, now: now)
        }
    }

    func login(_ client: ClientID, _ token: String, _ customer: OrderCustomer) -> Bool {
        perform { state, now in
            guard let own = state.engine.accounts[client]?.token, own.text == token,
                now < own.expiresAt
            else { return false }
            state.customers[client, default: []].append(customer)
            return true
        }
    }

    func gone(_ customer: OrderCustomer) {
        state.withLock { state in
            for client in state.customers.keys {
                state.customers[client]?.removeAll { $0 == customer }
            }
        }
    }

    func end(_ customer: OrderCustomer, of client: ClientID, _ end: Engine.SocketEnd) {
        gone(customer)
        customer.end(end)
    }

    /// Whether somebody who wants to connect to a socket is told to come again later.
    func turnsAwayHandshake() -> Bool {
        perform { state, _ in
            state.handshakesBusyUntil > Self.wall() || state.engine.turnsAwayHandshake()
        }
    }

    func withFeed<Result: Sendable>(_ body: (inout FeedRoom) -> Result) -> Result {
        state.withLock { body(&$0.feed) }
    }
}
