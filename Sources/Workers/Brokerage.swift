package import Brokers
package import MessageBus
package import Settings
package import Trading

/// Which broker an account's orders go to.
package struct Brokerage: Sendable {
    private let make: @Sendable (AccountID, _ shard: Int, any BusSession) -> any Broker

    package init(
        _ make: @escaping @Sendable (AccountID, _ shard: Int, any BusSession) -> any Broker
    ) {
        self.make = make
    }

    /// Where the configuration says: at DhanHQ with money, on paper otherwise.
    ///
    /// - Parameter house: nil where no account trades with money.
    package init(_ desk: Desk, _ house: DhanHouse?) {
        self.init { account, shard, session in
            if desk.venue(of: account) == .dhan, let house {
                return DhanBroker(client: desk.client(of: account, house))
            }
            return PaperBroker(
                account: account, store: BusPaperStore(desk, session, shard: shard),
                profile: desk.paper)
        }
    }

    /// For a worker of this shard, on whose thread the session is.
    package func broker(
        of account: AccountID, shard: Int, _ session: any BusSession
    ) -> any Broker {
        make(account, shard, session)
    }
}

extension Desk {
    /// Those that trade with money, in a fixed order.
    package var moneyAccounts: [AccountID] {
        accounts.keys.filter { venue(of: $0) != .paper }.sorted()
    }

    /// Whether its entries wait for a comparison with its broker's books.
    func isCompared(_ account: AccountID) -> Bool {
        comparesBooks && venue(of: account) != .paper
    }

    package func client(of account: AccountID, _ house: DhanHouse) -> DhanClient {
        house.client(of: account, accounts[account]?.access ?? BrokerAccess())
    }
}

extension DhanEndpoints {
    package init(_ settings: DhanSettings) {
        self.init()
        rest = settings.rest
        auth = settings.auth
        orderSocket = settings.orderSocket
        feedSocket = settings.feedSocket
        instruments = settings.instruments
        caFile = settings.caFile
    }
}
