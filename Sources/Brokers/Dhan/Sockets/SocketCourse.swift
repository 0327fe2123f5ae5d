package import Trading

/// When one socket connects, pings and gives up, as far as it alone is concerned: its client may
/// have to rest for longer. It decides; whoever owns the connection acts. All times are by a clock
/// that nobody sets.
package struct SocketCourse: Sendable {
    package struct Rules: Sendable {
        /// Nil where the server pings.
        package var pingEvery: Span?
        /// Not even a pong this long, and the connection is lost.
        package var silence: Span
        /// From asking for a token to the open connection.
        package var connectTimeout = Span.seconds(12)

        /// The server pings every 10 s, and would not wait longer for us either.
        package static let feed = Rules(pingEvery: nil, silence: .seconds(40))
        /// The server is silent as long as nothing is traded, and drops who is silent too.
        package static let orders = Rules(pingEvery: .seconds(15), silence: .seconds(45))
    }

    package enum Step: Sendable, Hashable {
        case connect, ping
        case giveUp(SocketEnd)
    }

    private enum Phase: Hashable {
        case resting(until: EventTime?)
        case connecting(since: EventTime)
        case open(Open)
    }

    private struct Open: Hashable {
        var since: EventTime
        var heardAt: EventTime
        var pingedAt: EventTime
        var hasHeard = false
    }

    private let rules: Rules
    private var random: SplitMix64
    private var phase = Phase.resting(until: nil)
    private var pause = shortestPause

    private static let shortestPause = Span.milliseconds(500)
    private static let longestPause = Span.seconds(30)
    /// A token that is refused is told by a reset some ten milliseconds after the login.
    private static let loginIsDoubtful = Span.seconds(3)

    package init(_ rules: Rules, seed: UInt64) {
        self.rules = rules
        random = SplitMix64(seed: seed)
    }

    package var isOpen: Bool { if case .open = phase { true } else { false } }
    /// Neither open nor on its way.
    package var isResting: Bool { if case .resting = phase { true } else { false } }

    /// What there is to do at this time, which has begun with the answer.
    package mutating func next(at now: EventTime) -> Step? {
        guard due(at: now) <= now else { return nil }
        switch phase {
        case .resting:
            phase = .connecting(since: now)
            return .connect
        case .connecting: return .giveUp(.silent("not connected in time"))
        case .open(var open):
            if now - open.heardAt >= rules.silence {
                return .giveUp(.silent("nothing was heard for \(rules.silence.seconds) s"))
            }
            open.pingedAt = now
            phase = .open(open)
            return .ping
        }
    }

    /// When ``next(at:)`` has something to do.
    package func due(at now: EventTime) -> EventTime {
        switch phase {
        case .resting(let until): until ?? now
        case .connecting(let since): since + rules.connectTimeout
        case .open(let open):
            min(
                open.heardAt + rules.silence,
                rules.pingEvery.map { open.pingedAt + $0 } ?? open.heardAt + rules.silence)
        }
    }

    package mutating func opened(at now: EventTime) {
        phase = .open(Open(since: now, heardAt: now, pingedAt: now))
    }

    package mutating func heard(at now: EventTime) {
        guard case .open(var open) = phase else { return }
        open.heardAt = now
        open.hasHeard = true
        phase = .open(open)
    }

    /// - Returns: whether the token must be doubted, and not the network.
    package mutating func ended(_ end: SocketEnd, at now: EventTime) -> Bool {
        var isDoubtful = end.isToken
        if case .open(let open) = phase {
            isDoubtful = isDoubtful || (!open.hasHeard && now - open.since < Self.loginIsDoubtful)
            // A connection that breaks again and again would never slow down otherwise.
            if now - open.since > Self.longestPause { pause = Self.shortestPause }
        }
        phase = .resting(until: now + pause + random.jitter(of: pause))
        pause = min(Span(milliseconds: pause.milliseconds * 2), Self.longestPause)
        return isDoubtful
    }

    /// Closed by us, for good or until we want it again.
    package mutating func stop() { phase = .resting(until: nil) }
}

extension SplitMix64 {
    /// Up to half as much again, so that not all accounts come back at the same moment.
    mutating func jitter(of span: Span) -> Span {
        Span(milliseconds: Int(next() % UInt64(span.milliseconds / 2 + 1)))
    }
}

extension Span {
    fileprivate var seconds: Int { milliseconds / 1_000 }
}
