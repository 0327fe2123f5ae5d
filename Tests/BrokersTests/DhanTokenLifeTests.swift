import Foundation
import HTTP
import Support
import Synchronization
import Testing
import Trading

@testable import Brokers

/// A living token stays in use until there is another: without one no exit goes out.
@Suite(.timeLimit(.minutes(10))) struct DhanTokenLifeTests {
    private static let dead =
        #"{"errorType":"O","errorCode":"DH-906","errorMessage":"Invalid Token"}"#

    /// The first token ends at that time; whoever asks for another is turned away.
    private func authority(endsAt: String) throws -> Authority {
        try Authority { request in
            request.number == 1
                ? [.ok(#"{"accessToken":"token-1","expiryTime":"\#(endsAt)"}"#)]
                : [.ok(#"{"status":"error","message":"not now"}"#)]
        }
    }

    @Test func `a living token stays in use and in the file while no other is to be had`()
        async throws
    {
        let authority = try authority(endsAt: "2025-12-15T12:00:00.000")
        let source = authority.source()
        _ = await source.next()
        authority.clock.move(.minutes(2 * 60 + 56))
        #expect(source.atOnce() == .success(DhanToken("token-1")))
        while authority.server.requests.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(source.atOnce() == .success(DhanToken("token-1")))
        #expect(authority.source().atOnce() == .success(DhanToken("token-1")))
        let kept = try DhanTokenStore(path: authority.folder.token).load()
        #expect(kept.token == DhanToken("token-1") && kept.askedAt == authority.clock.now)
        // At its end it is none.
        authority.clock.move(.minutes(4))
        var last = await source.next()
        // The second request has the file's lock until its answer is here.
        while case .failure(.later) = last {
            try await Task.sleep(for: .milliseconds(1))
            last = await source.next()
        }
        guard case .failure(.none) = last else {
            Issue.record("a token after its end")
            return
        }
    }

    @Test func `a token that the broker has called dead is in the file no more`() async throws {
        let authority = try authority(endsAt: "2025-12-16T09:00:00.000")
        let source = authority.source()
        let first = try await source.next().get()
        authority.clock.move(.minutes(10))
        guard case .failure(.none) = await source.next(after: first) else {
            Issue.record("a token out of nothing")
            return
        }
        #expect(try DhanTokenStore(path: authority.folder.token).load().token == nil)
    }

    @Test(
        "A token that would end within the next session is replaced in quiet hours",
        arguments: [
            // Minutes after nine, and whether another one is asked for
            (30, false), (6 * 60, false), (7 * 60, true), (23 * 60, true),
        ])
    func early(minutes: Int, isRenewed: Bool) async throws {
        let authority = try Authority { request in
            let day = request.number == 1 ? 16 : 17
            return [
                .ok(
                    #"{"accessToken":"token-\#(request.number)","#
                        + #""expiryTime":"2025-12-\#(day)T09:00:00.000"}"#)
            ]
        }
        let source = authority.source()
        _ = await source.next()
        authority.clock.move(.minutes(minutes))
        // The old one until the new one is there.
        #expect(source.atOnce() == .success(DhanToken("token-1")))
        guard isRenewed else {
            _ = await source.next()
            return #expect(authority.server.requests.count == 1)
        }
        while await source.next() != .success(DhanToken("token-2")) {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(authority.server.requests.count == 2)
    }

    @Test func `a note from the future does not keep anybody from a token`() async throws {
        let authority = try Authority()
        let later = authority.clock.now + .days(3)
        try authority.folder.write("token", "\n\n\(later.text)")
        #expect(await authority.source().next() == .success(DhanToken("token-1")))
    }

    @Test func `who may leave at any moment replaces what is dead, and nothing that lives`()
        async throws
    {
        let authority = try Authority()
        _ = await authority.source().next()
        authority.clock.move(.minutes(24 * 60 - 1))
        let guest = authority.source(renewsEarly: false)
        #expect(await guest.next() == .success(DhanToken("token-1")))
        #expect(await guest.next(after: DhanToken("token-0")) == .success(DhanToken("token-1")))
        #expect(authority.server.requests.count == 1)
        #expect(await guest.next(after: DhanToken("token-1")) == .success(DhanToken("token-2")))
    }

    @Test(arguments: [true, false])
    func `a token that lives is replaced by who is in charge alone:`(isInCharge: Bool)
        async throws
    {
        let authority = try Authority()
        let now = EventTime(milliseconds: Int(Date.now.timeIntervalSince1970 * 1_000))
        try authority.folder.write("token", "kept\n\((now + .minutes(4)).text)\n")
        let source = authority.house(isInCharge: isInCharge)
        #expect(await source.next() == .success(DhanToken("kept")))
        // Noted before the authority is asked.
        let asked = try DhanTokenStore(path: authority.folder.token).load().askedAt
        #expect((asked != nil) == isInCharge)
        while isInCharge, authority.server.requests.isEmpty { await Task.yield() }
    }

    @Test func `who only looks takes the token that is there, and makes none`() async throws {
        let authority = try Authority()
        let source = authority.house(mints: false)
        guard case .failure(.none) = await source.next() else {
            Issue.record("a token out of nothing")
            return
        }
        try authority.folder.write("token", "kept\n1\n1")
        #expect(await source.next() == .success(DhanToken("kept")))
        #expect(authority.server.requests.isEmpty)
    }

    /// A reset of the network, say, or a proxy's 403 at a handshake.
    @Test(arguments: [true, false])
    func `a token that is doubted is asked about, and replaced if it is dead:`(isDead: Bool)
        async throws
    {
        let answered = Mutex(0)
        let desk = try DhanDesk(tokens: ["old", "new"]) { request in
            answered.withLock { $0 += 1 }
            let isRefused = isDead && request.headers["access-token"] == "old"
            return isRefused ? [.answer(400, Self.dead)] : [.ok("{}")]
        }
        desk.client.access.doubt(DhanToken("old"))
        // The calls of an account follow each other, so the doubt is settled with the next answer.
        while answered.withLock({ $0 }) < (isDead ? 2 : 1) {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(desk.tokens.replaced == (isDead ? ["old"] : []))
        #expect(desk.server.requests.allSatisfy { $0.path == "/v2/profile" })
        // One that nobody uses any more is nobody's doubt.
        let asked = desk.server.requests.count
        desk.client.access.doubt(DhanToken("older"))
        #expect(desk.server.requests.count == asked)
    }

    @Test(arguments: ["", "<html>Unauthorized</html>", "{}"])
    func `a read that is answered 401 is made again with the next token, whatever the body:`(
        body: String
    ) async throws {
        let desk = try DhanDesk(tokens: ["old", "new"]) { request in
            request.headers["access-token"] == "old" ? [.answer(401, body)] : [.ok("[]")]
        }
        #expect(try await desk.ask { desk.client.orders($0) }.get() == [])
        #expect(desk.tokens.replaced == ["old"])
    }

    @Test func `an order that is answered 401 without words is unknown, and the token is doubted`()
        async throws
    {
        let desk = try DhanDesk(tokens: ["old", "new"]) { request in
            if request.path == "/v2/profile", request.headers["access-token"] == "old" {
                return [.answer(400, Self.dead)]
            }
            return request.method == "POST" ? [.answer(401, "<html>")] : [.ok("{}")]
        }
        let order = Fixtures.order()
        let result = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        guard case .failure(.unknown) = result else {
            Issue.record("\(result)")
            return
        }
        while desk.tokens.replaced.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        #expect(desk.tokens.replaced == ["old"])
        #expect(desk.server.requests.filter { $0.method == "POST" }.count == 1)
    }
}

extension Authority {
    /// The account's tokens in a process that may be in charge, or may only look.
    fileprivate func house(isInCharge: Bool = false, mints: Bool = true) -> any DhanTokenSource {
        var access = BrokerAccess()
        access.clientID = "1000000001"
        access.totpSecretFile = folder.path + "/secret"
        access.pinFile = folder.path + "/pin"
        access.tokenFile = folder.token
        var endpoints = DhanEndpoints()
        endpoints.auth = server.url
        let house = DhanHouse(endpoints, environment: [:], isInCharge: isInCharge, mints: mints)
        return house.client(of: "alpha", access).access.token
    }
}
