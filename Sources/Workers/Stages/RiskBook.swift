import Stages
import Trading

/// An account whose positions are watched, with its running sums.
final class WatchedAccount {
    let id: AccountID
    let capital: Money
    private let profile: AccountProfile
    /// Net P&L of the positions closed today.
    var realised = Money.zero
    /// Of all positions that are open.
    var openProfit = Money.zero

    init(_ profile: AccountProfile) {
        (id, capital) = (profile.id, profile.capital)
        self.profile = profile
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
    }

    func mark(_ next: PositionTracker.Watch) {
        account.openProfit += subject?.change(from: watch, to: next) ?? .zero
        watch = next
    }

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

    func setRealised(_ account: AccountID, _ money: Money) {
        accounts[account]?.realised = money
    }

    /// A position that is closed, or nil, leaves the book; so does one of an account that is not
    /// configured, whose limits nobody knows.
    mutating func replace(_ id: PositionID, with position: PositionTracker?) {
        if let old = positions.removeValue(forKey: id) {
            old.account.openProfit -= old.openProfit
            byInstrument[old.tracker.contract.instrument]?.removeAll { $0 === old }
        }
        guard let position, !position.status.isClosed, let account = accounts[position.account]
        else { return }
        let day = (position.openedAt ?? position.createdAt).day
        let watched = WatchedPosition(
            position, of: account, session: calendar.session(on: day))
        positions[id] = watched
        account.openProfit += watched.openProfit
        var neighbours = byInstrument[position.contract.instrument] ?? []
        neighbours.insert(
            watched, at: neighbours.firstIndex { $0.tracker.id > id } ?? neighbours.endIndex)
        byInstrument[position.contract.instrument] = neighbours
    }
}
