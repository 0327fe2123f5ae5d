import Brokers
import Logging
import MessageBus
import Trading

/// Makes the workers that hold the broker's sockets.
struct LiveHiring {
    private let desk: Desk
    private let house: DhanHouse
    private let log: Logger

    init(_ desk: Desk, _ house: DhanHouse, log: Logger) {
        self.desk = desk
        self.house = house
        self.log = log
    }

    /// - Returns: nil for any other stage.
    func worker(
        _ stage: String, of account: AccountID?, named name: WorkerName, _ session: any BusSession
    ) -> (any Worker)? {
        guard let account else { return nil }
        let client = desk.client(of: account, house)
        switch stage {
        case StageName.orderListener:
            return OrderListener(
                desk, account: account, access: client.access, over: NIOSockets(),
                session: session, name: name, log: log)
        case StageName.marketFeed:
            let others = desk.moneyAccounts.filter { $0 != account }
            return MarketFeed(
                desk, FeedSource(client.access, prices: client),
                spares: others.map { desk.client(of: $0, house) }
                    .map { FeedSource($0.access, prices: $0) },
                lists: desk.hasOwnContracts ? nil : house.instruments, over: NIOSockets(),
                session: session, name: name, log: log)
        default: return nil
        }
    }
}
