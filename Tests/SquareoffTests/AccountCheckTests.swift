import Brokers
import DhanSimulator
import HTTP
import Settings
import Support
import Testing
import Trading

@testable import Workers
@testable import squareoff

@Suite("What is asked of an account at the start", .timeLimit(.minutes(10)))
struct AccountCheckTests {
    /// What is done at the broker before it is asked.
    enum Deed: Sendable {
        case registers(String), turnsAway, endsToken
    }

    private static let account: AccountID = "alpha"
    private static let client = "1000000001"
    private static let registered =
        #"{"primaryIP":"10.0.0.1","secondaryIP":"","ip":"10.0.0.1","ordersAllowed":true}"#

    /// A run with this account alone, and what its clients and its check tell.
    private struct Start {
        /// Nothing that a busy machine could reach: what hangs is ended by the suite's own limit.
        private static let limit = Duration.seconds(600)

        private let account = AccountCheckTests.account
        let desk: Desk
        let house: DhanHouse
        let troubles = Troubles()

        init(rest: String) throws {
            let client = AccountCheckTests.client
            desk = Desk(
                try SquareoffSettings.parse(
                    """
                    dhan: { rest: "\(rest)" }
                    accounts:
                      \(account):
                        capital: 1
                        strategies: []
                        broker: dhan
                        live: true
                        client_id: "\(client)"
                    """, name: "test"), isLive: true)
            let variable = desk.accounts[account]?.access.tokenVariable ?? ""
            house = DhanHouse(
                DhanEndpoints(desk.dhan), environment: [variable: "good"],
                onTrouble: troubles.tell)
        }

        func told() async -> [DhanTrouble] {
            await LiveTrading.check(desk, house, troubles, pause: .zero, limit: Self.limit)
            return troubles.take().map(\.kind)
        }

        func check(limit: Duration = Self.limit) -> AccountCheck {
            AccountCheck(client: desk.client(of: account, house), pause: .zero, limit: limit)
        }
    }

    @Test(
        "What token and address come to at the broker",
        arguments: [
            ([.registers("127.0.0.1")], []),
            ([], [.noAddress]),
            ([.registers("192.0.2.1")], [.invalidIP]),
            ([.registers("127.0.0.1"), .turnsAway], [.invalidIP]),
            ([.turnsAway], [.invalidIP]),
            // Told by the client, and once.
            ([.endsToken], [.deadToken]),
        ] as [([Deed], [DhanTrouble])])
    func simulator(deeds: [Deed], troubles: [DhanTrouble]) async throws {
        var settings = SimulatorSettings()
        settings.clients = [.init(ClientID(Self.client), token: "good")]
        settings.clock = .stopped(.at(10, 0))
        let simulator = try Simulator(settings)
        let url = "http://127.0.0.1:\(try await simulator.start().rest)"
        do {
            let http = HTTPClient()
            for deed in deeds { try await Self.perform(deed, at: url, http) }
            #expect(try await Start(rest: url + "/v2").told() == troubles)
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    private static func perform(_ deed: Deed, at url: String, _ http: HTTPClient) async throws {
        let (path, body): (String, String) =
            switch deed {
            case .registers(let address):
                ("/v2/ip/setIP", #"{"ip":"\#(address)","ipFlag":"PRIMARY"}"#)
            case .turnsAway:
                ("/control/clients", #"{"client":"\#(client)","address_good":false}"#)
            case .endsToken: ("/control/tokens", #"{"client":"\#(client)","do":"kill"}"#)
            }
        let request = HTTPRequest(
            .post, url + path, headers: [("access-token", "good")], body: Array(body.utf8))
        let answer = await withCheckedContinuation { continuation in
            http.send(request) { continuation.resume(returning: $0) }
        }
        #expect(try answer.get().status == 200)
    }

    @Test(
        "Whose token it is, and what it may trade",
        arguments: [
            ("1000000001", "E, D, C, M, ", nil), ("1000000001", "E, ", .accountBlocked),
            ("1000000002", "E, D, C, M, ", .foreignToken), ("1000000002", "E, ", .foreignToken),
        ] as [(String, String, DhanTrouble?)])
    func token(client: String, segments: String, trouble: DhanTrouble?) async throws {
        let server = try RawServer { _ in
            [.ok(#"{"dhanClientId":"\#(client)","activeSegment":"\#(segments)"}"#)]
        }
        #expect(try await Start(rest: server.url + "/v2").check().token() == trouble)
    }

    /// The first port is nobody's.
    @Test func `a broker that is not reached is a warning, for token and address together`()
        async throws
    {
        #expect(try await Start(rest: "http://127.0.0.1:1/v2").told() == [.unchecked])
    }

    @Test(
        arguments: [
            // (answers that say nothing, what comes of it, calls)
            (0, nil, 1), (1, nil, 2), (2, nil, 3), (3, .unchecked, 3),
        ] as [(Int, DhanTrouble?, Int)])
    func `what is not known is asked again, twice:`(
        failures: Int, trouble: DhanTrouble?, calls: Int
    ) async throws {
        let server = try RawServer { request in
            request.number <= failures ? [.answer(503, "")] : [.ok(Self.registered)]
        }
        let found = try await Start(rest: server.url + "/v2").check().address()
        #expect(found == trouble)
        #expect(server.requests.count == calls)
    }

    @Test func `an answer that does not come is not waited for, nor asked for again`()
        async throws
    {
        let server = try RawServer { _ in [.hang] }
        let check = try Start(rest: server.url + "/v2").check(limit: .zero)
        #expect(await check.token() == .unchecked)
        #expect(server.requests.count <= 1)
    }
}
