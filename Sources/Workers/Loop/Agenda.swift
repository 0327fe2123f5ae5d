import Logging
package import MessageBus
import Trading

/// When a worker next looks at the due times of its stage.
///
/// Live, it waits no longer than until the next one. In a replay, event time moves only when the
/// feed moves it, and the feed then wakes the stage by an entry.
struct Agenda {
    /// By the wall's clock; nil in a replay and when nothing is due.
    private(set) var next: EventTime?
    /// What the last look has found in each set.
    private var pages: [Key: Page] = [:]
    /// Sets that cannot be read → when the next try is, by the steady clock.
    private var unreadable: [Key: EventTime] = [:]
    private let stage: String
    private let log: Logger
    private var mustLook = true
    /// By the steady clock.
    private var lookedAt: EventTime?
    private var isWoken = false
    private var hasYielded = false

    private struct Page {
        /// Of the next look.
        var limit = 64
        var ready: [DueTime] = []
        var isFull = false
    }

    /// Others set due times too, and a worker that always has input never waits for nothing.
    private static let longestUnlooked = Span.milliseconds(200)
    /// Only a person can mend a set that cannot be read.
    private static let pauseOfUnreadable = Span.seconds(2)

    init(of stage: String, _ log: Logger) {
        self.stage = stage
        self.log = log
    }

    /// More was due than one look takes. That ends: the next look finds others, or takes more.
    var isBehind: Bool { pages.values.contains(where: \.isFull) }

    /// The due members of each set, in one round trip; none when it is not yet time to look.
    ///
    /// - Parameter hasWork: there are entries or answers in hand. They are decided on first, since
    ///   looking would cost them a round trip; one turn later, it is the due times' turn.
    mutating func due(
        _ sets: [DueSet], behind hasWork: Bool = false, _ session: any BusSession
    ) throws(BusError) -> [[DueTime]] {
        guard !sets.isEmpty, isTime(session), !yields(to: hasWork) else {
            return sets.map { _ in [] }
        }
        return try look(at: sets, session)
    }

    /// What the turn's wait for input has shown.
    mutating func waited(forNothing: Bool, woken: Bool) {
        if forNothing || woken { mustLook = true }
        isWoken = woken
    }

    /// Somebody has moved a time that was decided on.
    mutating func lookAgain() { mustLook = true }

    /// After an error. What people were told of, they know.
    mutating func startAnew() {
        let known = unreadable
        self = Agenda(of: stage, log)
        unreadable = known
    }

    private func isTime(_ session: any BusSession) -> Bool {
        mustLook || next.map { $0 <= session.wall } ?? false
            || lookedAt.map { session.steady - $0 >= Self.longestUnlooked } ?? true
    }

    private mutating func yields(to hasWork: Bool) -> Bool {
        hasYielded = hasWork && !isWoken && !hasYielded
        return hasYielded
    }

    private mutating func look(
        at sets: [DueSet], _ session: any BusSession
    ) throws(BusError) -> [[DueTime]] {
        let now = session.steady
        lookedAt = now
        let readable = sets.filter { unreadable[$0.key].map { $0 <= now } ?? true }
        let found = try session.loadEach(
            readable.map { .due($0.key, limit: (pages[$0.key] ?? Page()).limit) })
        mustLook = false
        next = nil
        var due: [Key: [DueTime]] = [:]
        for (set, answer) in zip(readable, found.answers) {
            switch answer {
            case .success(.due(let times)): due[set.key] = take(times, of: set, found)
            case .success: break
            case .failure(let problem): try giveUp(set.key, problem, found.now, session)
            }
        }
        return sets.map { due[$0.key] ?? [] }
    }

    /// Those that are due.
    private mutating func take(
        _ times: [DueTime], of set: DueSet, _ found: Findings
    ) -> [DueTime] {
        unreadable[set.key] = nil
        let now = set.clock == .wall ? found.wall : found.now
        let ready = times.filter { $0.at <= now.milliseconds }
        turnPage(of: set.key, to: ready)
        // A time by a replay's clock comes when the feed says so, and not by itself.
        if now == found.wall, let later = times.first(where: { $0.at > now.milliseconds }) {
            let time = EventTime(milliseconds: later.at)
            next = next.map { min($0, time) } ?? time
        }
        return ready
    }

    /// What still stands there since the last look waits for a broker or for a person, and must
    /// not hide what is due behind it: the next page has room for all of it and for others. An
    /// offset would skip what comes in between, since the set moves under it.
    private mutating func turnPage(of set: Key, to ready: [DueTime]) {
        let before = pages[set] ?? Page()
        var page = Page(ready: ready, isFull: ready.count >= before.limit)
        if page.isFull || before.limit > page.limit {
            // Twice, so that however many there are, a few looks are enough.
            page.limit += 2 * Set(ready).intersection(before.ready).count
        }
        pages[set] = page
    }

    /// For a while nothing of the set is due, and the stage goes on without it. People are told
    /// once, until it could be read in between.
    private mutating func giveUp(
        _ set: Key, _ problem: Unreadable, _ now: EventTime, _ session: any BusSession
    ) throws(BusError) {
        pages[set] = nil
        if unreadable[set] == nil {
            let message = "the due times of \(set) cannot be read: \(problem)"
            log.error("\(message)", metadata: ["stage": "\(stage)"])
            _ = try session.commit(
                Commit.raising([Alarm(.critical, stage: stage, message: message, at: now)]))
        }
        unreadable[set] = session.steady + Self.pauseOfUnreadable
    }
}

/// A sorted set of due times, and the clock that they are told by.
package struct DueSet: Sendable, Hashable {
    package enum Clock: Sendable { case event, wall }

    package var key: Key
    package var clock: Clock

    package init(_ key: Key, by clock: Clock) {
        self.key = key
        self.clock = clock
    }
}
