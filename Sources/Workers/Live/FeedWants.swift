import Logging
import MessageBus
import Trading

/// What the feed must tick: open positions first, then the indices, then what may be bought next.
struct FeedWants {
    /// The contracts of positions that are not closed.
    private(set) var open: Set<InstrumentID> = []
    private(set) var instruments = InstrumentBook()

    private let desk: Desk
    private let log: Logger
    private var candidates: Candidates
    /// A position's contract never changes.
    private var contracts: [PositionID: InstrumentID] = [:]
    private var listDay: Day?
    private var isListEmpty = true
    /// By the steady clock.
    private var listReadAt: EventTime?
    private var complaints: Set<String> = []

    /// A list that lacks something may have been replaced.
    private static let readAgain = Span.seconds(30)

    init(_ desk: Desk, log: Logger) {
        self.desk = desk
        self.log = log
        candidates = Candidates(desk.strategies)
    }

    /// - Parameters:
    ///   - spots: the last prices of the indices.
    ///   - today: by the pipeline's clock.
    /// - Returns: the most important first.
    mutating func look(
        _ session: any BusSession, spots: [IndexName: Price], on today: Day
    ) throws(BusError) -> [InstrumentID] {
        try readPositions(session)
        try readList(session, today)
        let held = open.sorted()
        let indices = Set(candidates.indices).union(
            held.compactMap { instruments[$0]?.index })
        let underlyings = indices.sorted().compactMap { MarketIndex.named($0)?.id }
        return held + underlyings
            + candidates.contracts(instruments.list, spots: spots, on: today)
    }
}

extension FeedWants {
    /// There is another list.
    mutating func forgetList() { listDay = nil }

    private mutating func readPositions(_ session: any BusSession) throws(BusError) {
        let accounts = desk.accounts.keys.sorted()
        let found = try session.loadEach(
            accounts.map { .members(Keys.open(desk.keys.shard(of: $0), $0)) })
        var positions: [(id: PositionID, shard: Int)] = []
        for (account, answer) in zip(accounts, found.answers) {
            switch answer {
            case .success(.texts(let ids)):
                let shard = desk.keys.shard(of: account)
                positions += ids.map { (PositionID($0), shard) }
            case .success: break
            case .failure(let error):
                complain("the open positions of \(account) are unreadable: \(error)")
                return
            }
        }
        try readContracts(of: positions.filter { contracts[$0.id] == nil }, session)
        let ids = Set(positions.map(\.id))
        contracts = contracts.filter { ids.contains($0.key) }
        open = Set(contracts.values)
    }

    private mutating func readContracts(
        of positions: [(id: PositionID, shard: Int)], _ session: any BusSession
    ) throws(BusError) {
        guard !positions.isEmpty else { return }
        let names = [Field.segment.rawValue, Field.securityID.rawValue]
        let found = try session.loadEach(
            positions.map { .fields(Keys.position($0.shard, $0.id), names) })
        for (position, answer) in zip(positions, found.answers) {
            do {
                guard case .fields(let fields) = try answer.get(), !fields.isEmpty else { continue }
                contracts[position.id] = InstrumentID(
                    try fields.get(.segment), try fields.get(.securityID))
            } catch {
                complain("the contract of \(position.id) is unreadable: \(error)")
            }
        }
    }

    private mutating func readList(
        _ session: any BusSession, _ today: Day
    ) throws(BusError) {
        let now = session.steady
        let isLacking = isListEmpty || open.contains { instruments[$0] == nil }
        let mayAsk = listReadAt.map { now - $0 >= Self.readAgain } ?? true
        guard listDay != today || (isLacking && mayAsk) else { return }
        try instruments.reload(session)
        isListEmpty = instruments.list.instruments.isEmpty
        (listDay, listReadAt) = (today, now)
    }

    /// Once for each complaint.
    private mutating func complain(_ message: String) {
        if complaints.insert(message).inserted {
            log.error("\(message)", metadata: ["stage": "\(StageName.marketFeed)"])
        }
    }
}
