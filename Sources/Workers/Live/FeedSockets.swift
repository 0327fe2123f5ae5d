import Brokers
import Logging
import Trading

/// The feed's connections, as many as the subscriptions need, each with its part of them.
final class FeedSockets {
    private var access: DhanAccess
    private let reach: Reach
    private let seed: UInt64
    private let wake: @Sendable () -> Void
    private let log: Logger
    private var plan = FeedPlan()
    private var sockets: [Int: DhanSocket] = [:]
    private var outage = Outage(of: "the market feed")
    private var silence = FeedSilence()
    /// The broker gives this account no data.
    private var isTurnedAway = false
    /// What one turn has brought.
    private(set) var refused = 0
    private var hasOpened = false

    init(
        _ access: DhanAccess, over transport: any SocketTransport, seed: UInt64, log: Logger,
        wake: @escaping @Sendable () -> Void
    ) {
        self.access = access
        reach = Reach(transport)
        self.seed = seed
        self.log = log
        self.wake = wake
    }

    /// - Parameter wanted: the most important first.
    func subscribe(_ wanted: [InstrumentID]) {
        let (moves, leftOut) = plan.want(wanted)
        if leftOut > 0 { log.error("no room on the feed for \(leftOut) instruments") }
        for (place, move) in moves {
            silence.forget(move.unsubscribe)
            guard let socket = sockets[place], socket.isOpen else { continue }
            for message in FeedRequest.unsubscribe(move.unsubscribe)
                + FeedRequest.subscribe(move.subscribe)
            {
                socket.send(message)
            }
        }
        for (place, socket) in sockets where !plan.inUse.contains(place) {
            socket.close()
            sockets[place] = nil
        }
    }

    /// - Parameter now: by the steady clock.
    /// - Returns: what the connections have brought.
    func turn(
        at now: EventTime, isTrading: Bool, step: (InstrumentID) -> Price?
    ) -> [FeedPacket] {
        var packets: [FeedPacket] = []
        for place in plan.inUse {
            let socket = socket(at: place)
            for news in socket.turn(at: now) {
                reach.take(news, at: now)
                packets += take(news, of: socket, at: place, now, step)
            }
            if socket.isOpen { mend(socket, at: place, now, isTrading: isTrading) }
        }
        return packets
    }

    var isOpen: Bool { sockets.values.contains { $0.isOpen } }

    /// Whether one was opened since the last call.
    func takeOpening() -> Bool {
        defer { hasOpened = false }
        return hasOpened
    }

    /// Another account's connections take over.
    func use(_ access: DhanAccess) {
        close()
        self.access = access
        (plan, silence, isTurnedAway) = (FeedPlan(), FeedSilence(), false)
    }

    /// Prices that are new have come.
    func heard(_ instruments: [InstrumentID], at now: EventTime) {
        for instrument in instruments {
            guard let place = plan.place(of: instrument) else { continue }
            isTurnedAway = false
            if silence.heard(instrument, on: place, at: now) { outage.end(at: now) }
        }
    }

    func isFailing(at now: EventTime) -> Bool { isTurnedAway || outage.lasts(at: now) }

    /// When one of them has something to do by itself.
    func due(at now: EventTime) -> EventTime? {
        sockets.values.map { $0.due(at: now) }.min()
    }

    func close() {
        for socket in sockets.values { socket.close() }
        sockets = [:]
    }

    /// Another process has the feed.
    func standBy() {
        close()
        reach.forget()
        outage.forget()
        (silence, isTurnedAway) = (FeedSilence(), false)
    }

    /// Once for each try that has failed while the broker is out of reach.
    func takeCutOff() -> Bool { reach.takeCutOff() && !isOpen }

    func outageNotice(at now: EventTime) -> Outage.Notice? { outage.alarm(at: now) }

    private func socket(at place: Int) -> DhanSocket {
        if let socket = sockets[place] { return socket }
        let socket = DhanSocket(
            .feed, access, over: reach, seed: seed &+ UInt64(place), wake: wake)
        sockets[place] = socket
        return socket
    }

    private func take(
        _ news: DhanSocket.News, of socket: DhanSocket, at place: Int, _ now: EventTime,
        _ step: (InstrumentID) -> Price?
    ) -> [FeedPacket] {
        switch news {
        case .opened:
            // The broker remembers nothing of the connection before.
            let all = plan.all(on: place)
            for message in FeedRequest.subscribe(all) { socket.send(message) }
            silence.opened(place, with: all, at: now)
            if !silence.isStarved(place) { outage.end(at: now) }
            hasOpened = true
            log.info("feed \(place) is open, with \(all.count) instruments")
        case .binary(let bytes):
            let frame = FeedFrame(bytes, step: step)
            refused += frame.refusals.count
            for case .disconnect(let reason) in frame.packets {
                log.warning("feed \(place): the broker ends it: \(reason)")
                socket.turnedAway(by: reason, at: now)
                isTurnedAway = isTurnedAway || reason.isAccount
                outage.begin(at: now, because: "the broker ends it: \(reason)")
            }
            return frame.packets
        case .text(let bytes):
            let text = String(decoding: bytes.prefix(80), as: UTF8.self)
            log.info("feed \(place) says: \(text)")
        case .ended(let end):
            outage.begin(at: now, because: "\(end)")
            log.warning("feed \(place): \(end)")
            isTurnedAway = isTurnedAway || end.isToken
        }
        return []
    }

    private func mend(
        _ socket: DhanSocket, at place: Int, _ now: EventTime, isTrading: Bool
    ) {
        switch silence.remedy(for: place, plan.all(on: place), at: now, isTrading: isTrading) {
        case nil: break
        case .subscribe(let silent):
            for message in FeedRequest.subscribe(silent) { socket.send(message) }
        case .connect:
            outage.begin(at: now, because: "no prices come, though the broker pings")
            log.warning("feed \(place): no prices come; it is connected anew")
            socket.close()
        }
    }
}
