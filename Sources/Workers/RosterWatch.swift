import MessageBus
import Trading

/// Whether all processes have the accounts of this one, also after its start: two that start at
/// the same moment do not see each other, and a server may lose what was written down.
struct RosterWatch {
    static let query = Query.hash(Keys.layout)

    private let desk: Desk
    private var isTold = false

    init(_ desk: Desk) { self.desk = desk }

    /// - Parameters:
    ///   - answer: to ``query``. What cannot be read says nothing.
    ///   - worker: one of this process, by which people know it.
    mutating func look(
        _ answer: Result<Answer, Unreadable>?, by worker: String, _ session: any BusSession
    ) throws(BusError) {
        guard case .success(.fields(let stored)) = answer else { return }
        if let mending = Layout.mending(desk, stored) {
            _ = try session.commit([Commit(slot: .bus, owner: .anyone, changes: [mending])])
            return
        }
        guard let difference = Roster.difference(desk, stored, "at \(worker)") else {
            isTold = false
            return
        }
        guard !isTold else { return }
        let alarm = Alarm(
            .critical, stage: HeartbeatWorker.name,
            message: "accounts differ: \(difference): start all processes with the same accounts",
            at: session.wall)
        let verdicts = try session.commit(Commit.raising([alarm]))
        isTold = verdicts.first?.first == .applied
    }
}
