import Foundation
import HTTP
import Support
import Testing

/// Who is not talked to. Nothing of a request, least of all a token, reaches a server that cannot
/// show who it is; and since nothing does, the call may be made again.
@Suite(.timeLimit(.minutes(10))) struct HTTPCertificateTests {
    let client = HTTPClient()

    /// An order with a token, to a server that shows this certificate.
    private func order(
        to host: String, showing shown: Certificates.Server, trusting authority: String?
    ) async throws -> (outcome: Outcome, heard: TLSServer.Heard?) {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data((authority ?? "").utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let server = try await TLSServer.start(showing: try Certificates.shared()[shown])
        let outcome = await client.call(
            HTTPRequest(
                .post, "https://\(host):\(server.port)/orders", headers: [("access-token", "eyJ")],
                body: Array("{}".utf8), authorities: authority == nil ? nil : file.path))
        let heard = await server.first()
        try await server.stop()
        return (outcome, heard)
    }

    private func expectRefusal(_ outcome: Outcome, _ heard: TLSServer.Heard?) {
        #expect(outcome.isNotSent && outcome.events == ["left", "answer"])
        #expect(heard == .closed)
        let text = "\(outcome.result)"
        #expect(text.contains("SSL") && text.contains("cert") && !text.contains("eyJ"), "\(text)")
    }

    @Test(arguments: [
        // (what the server shows, the host that is asked for)
        (Certificates.Server.good, "127.0.0.1"), (.good, "localhost"), (.name, "localhost"),
    ])
    func `a server that shows who it is gets the order:`(
        shown: Certificates.Server, host: String
    ) async throws {
        let authority = try Certificates.shared().authority
        let (outcome, heard) = try await order(to: host, showing: shown, trusting: authority)
        #expect(outcome.status == 200)
        guard case .text(let text) = heard else {
            Issue.record("\(String(describing: heard))")
            return
        }
        #expect(text.hasPrefix("POST /orders HTTP/1.1\r\n") && text.contains("eyJ"))
    }

    @Test(arguments: [
        (Certificates.Server.byAnotherAuthority, "127.0.0.1"), (.byAnotherAuthority, "localhost"),
        (.selfSigned, "127.0.0.1"), (.selfSigned, "localhost"),
        // For another host, and for a name where an address was asked for.
        (.elsewhere, "127.0.0.1"), (.elsewhere, "localhost"), (.name, "127.0.0.1"),
        (.expired, "127.0.0.1"), (.expired, "localhost"),
    ])
    func `one that cannot gets nothing:`(
        shown: Certificates.Server, host: String
    ) async throws {
        let authority = try Certificates.shared().authority
        let (outcome, heard) = try await order(to: host, showing: shown, trusting: authority)
        expectRefusal(outcome, heard)
    }

    @Test func `an authority that nobody has named is none`() async throws {
        let (outcome, heard) = try await order(to: "localhost", showing: .good, trusting: nil)
        expectRefusal(outcome, heard)
    }
}
