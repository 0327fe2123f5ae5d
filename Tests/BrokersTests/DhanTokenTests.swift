import Foundation
import HTTP
import Secrets
import Support
import Synchronization
import Testing
import Trading

@testable import Brokers

/// A folder with the files of one account, removed with this object.
final class TokenFolder: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
        try write("secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n")
        try write("pin", "123456\n")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String, mode: Int = 0o600) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: "\(path)/\(name)")
    }

    var token: String { "\(path)/token" }
}

/// An authority that mints `token-1`, `token-2`, …, and a clock that a test moves.
struct Authority {
    let server: RawServer
    let folder: TokenFolder
    let http = HTTPClient()
    let clock = Clock()

    final class Clock: Sendable {
        private let time = Mutex(EventTime.at(9, 0))
        var now: EventTime { time.withLock { $0 } }
        func move(_ span: Span) { time.withLock { $0 = $0 + span } }
    }

    init(_ script: RawServer.Script? = nil) throws {
        folder = try TokenFolder()
        server = try RawServer(
            script ?? { request in
                [
                    .ok(
                        #"{"accessToken":"token-\#(request.number)","#
                            + #""expiryTime":"2025-12-16T09:00:00.000"}"#)
                ]
            })
    }

    /// One process of the account.
    func source(renewsEarly: Bool = true) -> DhanMintedToken {
        var endpoints = DhanEndpoints()
        endpoints.auth = server.url
        let clock = clock
        return DhanMintedToken(
            DhanMintedToken.Credentials(
                clientID: "1000000001", secretFile: folder.path + "/secret",
                pinFile: folder.path + "/pin", tokenFile: folder.token),
            endpoints: endpoints, http: http, renewsEarly: renewsEarly, now: { clock.now })
    }
}

extension DhanTokenSource {
    func next() async -> Result<DhanToken, DhanTokenError> {
        await withCheckedContinuation { continuation in
            current { continuation.resume(returning: $0) }
        }
    }
    func next(after dead: DhanToken) async -> Result<DhanToken, DhanTokenError> {
        await withCheckedContinuation { continuation in
            replace(dead) { continuation.resume(returning: $0) }
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct DhanTokenTests {
    @Test func `a token is minted with pin and code, and kept for its owner alone`() async throws {
        let authority = try Authority()
        #expect(await authority.source().next() == .success(DhanToken("token-1")))
        let code = TOTP(secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?
            .code(at: authority.clock.now.milliseconds / 1_000)
        let request = try #require(authority.server.requests.first)
        #expect(request.method == "POST" && request.body == "")
        #expect(
            request.path == "/app/generateAccessToken?dhanClientId=1000000001&pin=123456"
                + "&totp=\(code ?? "")")
        let attributes = try FileManager.default.attributesOfItem(atPath: authority.folder.token)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `another process takes the kept one, and so does the next day's start`()
        async throws
    {
        let authority = try Authority()
        _ = await authority.source().next()
        #expect(await authority.source().next() == .success(DhanToken("token-1")))
        #expect(authority.server.requests.count == 1)
    }

    @Test func `a token is replaced before its end`() async throws {
        let authority = try Authority()
        let source = authority.source()
        _ = await source.next()
        authority.clock.move(.days(1))
        #expect(await source.next() == .success(DhanToken("token-2")))
    }

    @Test func `a dead token is replaced by the file's, if that is another`() async throws {
        let authority = try Authority()
        let (one, other) = (authority.source(), authority.source())
        let first = try await one.next().get()
        _ = try await other.next().get()
        authority.clock.move(.minutes(10))
        #expect(await one.next(after: first) == .success(DhanToken("token-2")))
        #expect(await other.next(after: first) == .success(DhanToken("token-2")))
        #expect(authority.server.requests.count == 2)
    }

    @Test func `nobody asks again within two minutes, whatever came of it`() async throws {
        let authority = try Authority { request in
            request.number == 1
                ? [.ok(#"{"status":"error","message":"Invalid TOTP"}"#)]
                : [.ok(#"{"accessToken":"token-2"}"#)]
        }
        for _ in 0..<3 {
            guard case .failure(.none) = await authority.source().next() else {
                Issue.record("a token out of nothing")
                return
            }
        }
        #expect(authority.server.requests.count == 1)
        authority.clock.move(.seconds(126))
        #expect(await authority.source().next() == .success(DhanToken("token-2")))
    }

    @Test func `while one mints, the others wait`() async throws {
        let authority = try Authority { _ in [.hang] }
        let (one, other) = (authority.source(), authority.source())
        one.current { _ in }
        guard case .failure(.later) = await other.next() else {
            Issue.record("two at once")
            return
        }
    }

    @Test(arguments: ["secret", "pin"])
    func `a secret that others can read is refused:`(name: String) async throws {
        let authority = try Authority()
        try authority.folder.write(name, "12345678", mode: 0o640)
        guard case .failure(.none(let text)) = await authority.source().next() else {
            Issue.record("an open secret was used")
            return
        }
        #expect(text.contains("640") && !text.contains("12345678"))
        #expect(authority.server.requests.isEmpty)
    }

    @Test func `what goes wrong says nothing of pin, code or token`() async throws {
        let answers = [
            #"{"accessToken":{"x":"eyJ1"}}"#, #"{"accessToken":"eyJ 2"}"#, "eyJ3", "",
        ]
        for answer in answers {
            let authority = try Authority { _ in [.ok(answer), .close] }
            guard case .failure(let error) = await authority.source().next() else {
                Issue.record("a token from \(answer)")
                continue
            }
            #expect(!"\(error)".contains("eyJ") && !"\(error)".contains("123456"))
        }
    }

    @Test func `a file's token is read each time, and a dead one is said to be`() async throws {
        let folder = try TokenFolder()
        let source = DhanFileToken(path: folder.token)
        guard case .failure(.none) = await source.next() else {
            Issue.record("a token from no file")
            return
        }
        try folder.write("token", "first\n")
        let first = try await source.next().get()
        #expect(first.secret == "first")
        guard case .failure(.none) = await source.next(after: first) else {
            Issue.record("the dead one again")
            return
        }
        try folder.write("token", "second")
        #expect(await source.next(after: first) == .success(DhanToken("second")))
        try folder.write("token", "third", mode: 0o644)
        guard case .failure(.none(let text)) = await source.next() else {
            Issue.record("an open file was used")
            return
        }
        #expect(text.contains("644"))
    }
}
