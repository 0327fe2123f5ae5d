import DhanSimulator
import Foundation
import HTTP
import Support
import Synchronization
import Testing
import Trading

@testable import Brokers

/// A token of the web page in a file, and processes that renew it at a simulator.
@Suite("Renewal of a file's token", .timeLimit(.minutes(10))) struct DhanRenewalTests {
    /// The hours do not matter half an hour before the end.
    private static let now = EventTime.at(11, 0)

    private final class Failures: Sendable {
        private let number = Mutex(0)
        var count: Int { number.withLock { $0 } }
        func note() { number.withLock { $0 += 1 } }
    }

    private struct Desk {
        let folder: TokenFolder
        let endpoints: DhanEndpoints
        let failures = Failures()

        /// One process of the account.
        func source(at now: EventTime = DhanRenewalTests.now) -> DhanFileToken {
            let failures = failures
            return DhanFileToken(
                path: folder.token,
                renewal: DhanRenewal(
                    clientID: "1000000001", endpoints: endpoints, http: HTTPClient(),
                    now: { now }, onFailure: { failures.note() }))
        }

        func write(_ token: String, ends: Span) throws {
            try folder.write("token", "\(token)\n\((DhanRenewalTests.now + ends).text)\n")
        }

        func file() throws -> [String] {
            try String(contentsOfFile: folder.token, encoding: .utf8)
                .split(separator: "\n").map(String.init)
        }

        func renewed() async throws -> [String] {
            while try file().first == "good", !Task.isCancelled { await Task.yield() }
            return try file()
        }
    }

    private func with(_ body: (Desk) async throws -> Void) async throws {
        var settings = SimulatorSettings()
        settings.clients = [.init("1000000001", token: "good")]
        settings.clock = .stopped(Self.now)
        let simulator = try Simulator(settings)
        var endpoints = DhanEndpoints()
        endpoints.rest = "http://127.0.0.1:\(try await simulator.start().rest)/v2"
        do {
            try await body(Desk(folder: try TokenFolder(), endpoints: endpoints))
        } catch {
            await simulator.stop()
            throw error
        }
        await simulator.stop()
    }

    @Test func `of two processes one renews, and both go on with the new token`() async throws {
        try await with { desk in
            try desk.write("good", ends: .minutes(20))
            let (one, other) = (desk.source(), desk.source())
            for _ in 0..<50 {
                // The present one is at hand meanwhile.
                for source in [one, other] { #expect((try? await source.next().get()) != nil) }
            }
            let file = try await desk.renewed()
            // The simulator counts its tokens, and gives each a day.
            #expect(file[0].contains(".1000000001-1-"))
            #expect(file[1] == (Self.now + .days(1)).text)
            let mode = try FileManager.default.attributesOfItem(atPath: desk.folder.token)
            #expect(mode[.posixPermissions] as? Int == 0o600)
            for source in [one, other] {
                for _ in 0..<20 { #expect(try await source.next().get().secret == file[0]) }
                // Whoever was turned away in between finds it as well.
                let next = try await source.next(after: DhanToken("good")).get()
                #expect(next.secret == file[0])
            }
            #expect(try desk.file() == file)
            #expect(desk.failures.count == 0)
        }
    }

    @Test func `who is turned away during a renewal gets the new token`() async throws {
        try await with { desk in
            try desk.write("good", ends: .minutes(20))
            let source = desk.source()
            let old = try await source.next().get()
            #expect(try await source.next(after: old).get().secret.contains("-1-"))
        }
    }

    @Test func `a renewal that is refused leaves the token, and is tried in ten minutes`()
        async throws
    {
        try await with { desk in
            try desk.write("bad", ends: .minutes(20))
            let source = desk.source()
            _ = await source.next()
            while desk.failures.count == 0, !Task.isCancelled { await Task.yield() }
            #expect(
                try desk.file() == [
                    "bad", (Self.now + .minutes(20)).text, Self.now.text,
                ])
            for _ in 0..<10 { _ = await source.next() }
            guard case .failure(.none) = await source.next(after: DhanToken("bad")) else {
                Issue.record("a dead token again")
                return
            }
            #expect(desk.failures.count == 1)
            _ = await desk.source(at: Self.now + .minutes(10)).next()
            while desk.failures.count == 1, !Task.isCancelled { await Task.yield() }
        }
    }

    @Test func `while another process renews, nobody calls the token dead`() async throws {
        try await with { desk in
            try desk.write("good", ends: .minutes(20))
            let lock = try DhanTokenStore(path: desk.folder.token).lock()
            let source = desk.source()
            #expect(try await source.next().get().secret == "good")
            guard case .failure(.later) = await source.next(after: DhanToken("good")) else {
                Issue.record("dead")
                return
            }
            withExtendedLifetime(lock) {}
        }
    }

    @Test(
        "When it is time",
        arguments: [
            // now, minutes to the end, minutes since the last try
            (EventTime.at(11, 0), 31, nil, false), (.at(11, 0), 30, nil, true),
            (.at(11, 0), 30, 9, false), (.at(11, 0), 30, 10, true), (.at(11, 0), 0, nil, false),
            (.at(15, 59), 720, nil, false), (.at(16, 0), 720, nil, true),
            (.at(16, 0), 721, nil, false), (.at(8, 44), 720, nil, true),
            (.at(8, 45), 720, nil, false), (.at(16, 0), nil, nil, false),
        ] as [(EventTime, Int?, Int?, Bool)])
    func time(now: EventTime, left: Int?, tried: Int?, isDue: Bool) {
        let renewal = DhanRenewal(
            clientID: "1", endpoints: DhanEndpoints(), http: HTTPClient(), now: { now },
            onFailure: {})
        let entry = DhanTokenStore.Entry(
            token: DhanToken("t"), endsAt: left.map { now + .minutes($0) },
            askedAt: tried.map { now - .minutes($0) })
        #expect(renewal.isDue(entry, DhanToken("t")) == isDue)
    }

    @Test(
        "When a token says that it ends",
        arguments: [
            // {"iss":"dhan","exp":1765773000}, and without padding or with other signs
            ("x.eyJpc3MiOiJkaGFuIiwiZXhwIjoxNzY1NzczMDAwfQ.y", 1_765_773_000_000),
            ("x.eyJpc3MiOiJkaGFuIn0.y", nil), ("x.e30.y", nil), ("x.%%%.y", nil), ("x.y", nil),
            ("plain", nil), ("x.eyJleHAiOi0xfQ.y", nil),
        ] as [(String, Int?)])
    func end(token: String, milliseconds: Int?) {
        #expect(DhanToken(token).endsAt?.milliseconds == milliseconds)
    }
}
