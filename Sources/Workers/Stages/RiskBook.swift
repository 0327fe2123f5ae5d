import Stages
import Trading

/// The positions that a risk manager watches, by contract and by account, with running sums.
struct RiskBook {
    private var positions: [PositionID: PositionTracker] = [:]
    private var byInstrument: [InstrumentID: [PositionID]] = [:]
    private var openProfits: [AccountID: Money] = [:]
    private var realisedToday: [AccountID: Money] = [:]

    subscript(id: PositionID) -> PositionTracker? { positions[id] }

    /// In a fixed order, so that two replays look at them in the same one.
    var ids: [PositionID] { positions.keys.sorted() }

    func positions(of instrument: InstrumentID) -> [PositionID] { byInstrument[instrument] ?? [] }
    func openProfit(_ account: AccountID) -> Money { openProfits[account] ?? .zero }
    func realised(_ account: AccountID) -> Money { realisedToday[account] ?? .zero }

    mutating func setRealised(_ account: AccountID, _ money: Money) {
        realisedToday[account] = money
    }

    /// A position that is closed, or nil, leaves the book.
    mutating func replace(_ id: PositionID, with position: PositionTracker?) {
        if let old = positions[id] {
            openProfits[old.account, default: .zero] -= old.openProfit
            byInstrument[old.contract.instrument]?.removeAll { $0 == id }
            positions[id] = nil
        }
        guard let position, !position.status.isClosed else { return }
        positions[id] = position
        openProfits[position.account, default: .zero] += position.openProfit
        var neighbours = byInstrument[position.contract.instrument] ?? []
        neighbours.insert(id, at: neighbours.firstIndex { $0 > id } ?? neighbours.endIndex)
        byInstrument[position.contract.instrument] = neighbours
    }

    mutating func mark(_ id: PositionID, _ watch: PositionTracker.Watch) {
        guard let position = positions[id] else { return }
        openProfits[position.account, default: .zero] -= position.openProfit
        positions[id]?.watch = watch
        openProfits[position.account, default: .zero] += positions[id]?.openProfit ?? .zero
    }

    mutating func request(_ id: PositionID, _ exit: PositionTracker.ExitOrder) {
        positions[id]?.exitOrder = exit
    }
}
