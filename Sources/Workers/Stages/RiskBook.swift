import Stages
import Trading

/// An account whose positions are watched, with its running sums.
final class WatchedAccount {
    let id: AccountID
    private let profile: AccountProfile
    private(set) var risk: AccountRisk
    /// Rises with each change of `risk`, but for its open profit.
    private(set) var version = 0

    init(_ profile: AccountProfile) {
        id = profile.id
        risk = AccountRisk(capital: profile.capital)
        self.profile = profile
    }

    func add(openProfit: Money) { risk.openProfit += openProfit }

    func set(realised: Money) {
        risk.realised = realised
        version += 1
    }

    func set(flattenReason: String?) {
        guard flattenReason != risk.flattenReason else { return }
        risk.flattenReason = flattenReason
        version += 1
    }

    func risk(for strategy: StrategyID) -> RiskProfile { profile.risk(for: strategy) }
}

/// A position that is watched. An object, so that a tick changes it in place.
final class WatchedPosition {
    let account: WatchedAccount
    private let session: SessionAnswer
    /// As it was loaded, but for this risk manager's own requests; its marks stand in `watch`.
    private(set) var tracker: PositionTracker
    /// Apart from the rest, so that a mark moves a few numbers and not a whole position.
    private(set) var watch: PositionTracker.Watch
    /// Nil while there is nothing to decide on it.
    private(set) var subject: RiskSubject?
    /// The ticks on which no rule needs to be asked, and the account's version at that time.
    private var quiet: (zone: QuietZone, version: Int)?
    /// A mark of this batch is still to be written.
    var isMarked = false

    init(_ tracker: PositionTracker, of account: WatchedAccount, session: SessionAnswer) {
        self.tracker = tracker
        watch = tracker.watch
        self.account = account
        self.session = session
        renew()
    }

    private func renew() {
        subject = RiskSubject(
            tracker, profile: account.risk(for: tracker.strategy), session: session)
        quiet = nil
    }

    func mark(_ next: PositionTracker.Watch) {
        account.add(openProfit: subject?.change(from: watch, to: next) ?? .zero)
        if (next.peak, next.stop) != (watch.peak, watch.stop) { quiet = nil }
        watch = next
    }

    /// The mark of a tick that no rule needs to be asked about; nil where they must be.
    func quietly(_ quote: Quote) -> PositionTracker.Watch? {
        guard let quiet, quiet.version == account.version, let subject else { return nil }
        var next = watch
        next.take(quote)
        let openProfit = account.risk.openProfit + subject.change(from: watch, to: next)
        return quiet.zone.covers(quote, openProfit: openProfit) ? next : nil
    }

    /// Nothing came of a tick that moved no peak: nothing will of most of its like.
    func expectQuiet(_ zone: QuietZone) { quiet = (zone, account.version) }

    var openProfit: Money {
        var tracker = tracker
        tracker.watch = watch
        return tracker.openProfit
    }

    func request(_ exit: PositionTracker.ExitOrder) {
        tracker.exitOrder = exit
        renew()
    }
}

/// The positions that a risk manager watches, by id and by contract.
struct RiskBook {
    private let accounts: [AccountID: WatchedAccount]
    private let calendar: TradingCalendar
    private var positions: [PositionID: WatchedPosition] = [:]
    private var byInstrument: [InstrumentID: [WatchedPosition]] = [:]

    init(_ desk: Desk) {
        accounts = desk.accounts.mapValues { WatchedAccount($0) }
        calendar = desk.calendar
    }

    subscript(id: PositionID) -> WatchedPosition? { positions[id] }

    /// In a fixed order, so that two replays look at them in the same one.
    var all: [WatchedPosition] { positions.values.sorted { $0.tracker.id < $1.tracker.id } }

    func positions(of instrument: InstrumentID) -> [WatchedPosition] {
        byInstrument[instrument] ?? []
    }

    func setHalts(_ halts: Halts) {
        for account in accounts.values {
            account.set(flattenReason: halts.flattenReason(for: account.id))
        }
    }

    func setRealised(_ account: AccountID, _ money: Money) {
        accounts[account]?.set(realised: money)
    }

    /// A position that is closed, or nil, leaves the book; so does one of an account that is not
    /// configured, whose limits nobody knows.
    mutating func replace(_ id: PositionID, with position: PositionTracker?) {
        if let old = positions.removeValue(forKey: id) {
            old.account.add(openProfit: -old.openProfit)
            byInstrument[old.tracker.contract.instrument]?.removeAll { $0 === old }
        }
        guard let position, !position.status.isClosed, let account = accounts[position.account]
        else { return }
        let day = (position.openedAt ?? position.createdAt).day
        let watched = WatchedPosition(
            position, of: account, session: calendar.session(on: day))
        positions[id] = watched
        account.add(openProfit: watched.openProfit)
        var neighbours = byInstrument[position.contract.instrument] ?? []
        neighbours.insert(
            watched, at: neighbours.firstIndex { $0.tracker.id > id } ?? neighbours.endIndex)
        byInstrument[position.contract.instrument] = neighbours
    }
}
