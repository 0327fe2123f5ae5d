import Foundation
import HTTP
import Support
import Synchronization
import Trading

@testable import Brokers

/// A token that is there, and another one once it is dead.
final class StubTokens: DhanTokenSource {
    private let tokens: Mutex<[String]>
    private let dead = Mutex<[String]>([])

    init(_ tokens: [String]) { self.tokens = Mutex(tokens) }

    /// Those that were given back, in order.
    var replaced: [String] { dead.withLock { $0 } }

    func current(_ answer: @escaping Answer) {
        let token = tokens.withLock { $0.first.map(DhanToken.init) }
        answer(token.map(Result.success) ?? .failure(.none("no token")))
    }

    func replace(_ token: DhanToken, _ answer: @escaping Answer) {
        dead.withLock { $0.append(token.secret) }
        tokens.withLock { tokens in
            if tokens.first == token.secret { tokens.removeFirst() }
        }
        current(answer)
    }
}

/// An account at a server that says what a test tells it to.
struct DhanDesk {
    let server: RawServer
    let client: DhanClient
    let tokens: StubTokens
    private let seen: Trouble

    private final class Trouble: Sendable {
        let troubles = Mutex<[DhanTrouble]>([])
    }

    init(tokens: [String] = ["token-1"], _ script: @escaping RawServer.Script) throws {
        server = try RawServer(script)
        var endpoints = DhanEndpoints()
        endpoints.rest = server.url + "/v2"
        let source = StubTokens(tokens)
        self.tokens = source
        let seen = Trouble()
        self.seen = seen
        client = DhanClient(
            account: "dhan-1",
            access: DhanAccess(clientID: "1000000001", endpoints: endpoints, token: source),
            http: HTTPClient()
        ) { _, trouble in seen.troubles.withLock { $0.append(trouble) } }
    }

    var broker: DhanBroker { DhanBroker(client: client) }
    var troubles: [DhanTrouble] { seen.troubles.withLock { $0 } }

    /// What a call of the client answers.
    func ask<Value: Sendable, Failure>(
        _ call: (@escaping @Sendable (Result<Value, Failure>) -> Void) -> Void
    ) async -> Result<Value, Failure> {
        await withCheckedContinuation { continuation in
            call { continuation.resume(returning: $0) }
        }
    }
}

/// The recorded exchanges beside the project.
enum Recorded {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/data/dhan_rest")

    static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

    struct Exchange: Sendable {
        var method: String
        /// Below the host, without `/v2`.
        var path: String
        var status: Int
        var body: [UInt8]

        var response: HTTPResponse { HTTPResponse(status: status, body: body) }
    }

    static func exchanges() throws -> [Exchange] {
        guard isThere else { return [] }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".jsonl") }.sorted()
        return try files.flatMap { file in
            let bytes = try Data(contentsOf: folder.appending(path: file))
            return try bytes.split(separator: 10).map { try exchange(Array($0)) }
        }
    }

    private static func exchange(_ line: [UInt8]) throws -> Exchange {
        let json = try JSON.parse(line)
        let url = json["request"]?["uri"]?.plainText ?? ""
        let path = url.split(separator: ".co", maxSplits: 1).last.map(String.init) ?? ""
        return Exchange(
            method: json["request"]?["method"]?.plainText ?? "",
            path: path.hasPrefix("/v2") ? String(path.dropFirst(3)) : path,
            status: Int(json["response"]?["status"]?.plainText ?? "") ?? 0,
            body: Array((json["response"]?["body"] ?? .null).text.utf8))
    }

    static func fixture(_ name: String) throws -> JSON {
        try JSON.parse(Array(Data(contentsOf: folder.appending(path: "fixtures/\(name)"))))
    }
}
