import DhanSimulator
import Foundation
import Support
import Testing
import Trading

/// The broker's own client, where Python and its package are installed.
private enum OfficialClient {
    static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "official_client.py").path

    /// Says so where everybody reads it: a test that was skipped must not look like one that passed.
    static let isThere: Bool = {
        let isThere = (try? run(["-c", "import dhanhq.marketfeed"]))?.status == 0
        if !isThere {
            let words = "*** SKIPPED: the official client: python3 has no package dhanhq ***\n"
            FileHandle.standardError.write(Data(words.utf8))
        }
        return isThere
    }()

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["timeout", "120", "python3"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}

@Suite("The simulator: the official Python client", .enabled(if: OfficialClient.isThere))
struct OfficialClientTests {
    @Test func `places, reads, cancels, and hears both feeds`() async throws {
        try await ServersTests.with {
            $0.clock = .starting(at: .at(10, 0))
            $0.engine.profile.latency = .milliseconds(5)
        } _: { simulator, ports in
            let index = Tick(
                instrument: Fixtures.indexInstrument, quote: Quote(ltp: "59400.00", at: .at(10, 0)))
            await simulator.quote([FeedTests.tick("100.00"), index])
            let arguments = [
                OfficialClient.script, "\(ports.rest)", "\(ports.orders)", "\(ports.feed)",
                Counter.client.text, Counter.token,
            ]
            let (status, output) = try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(with: Result { try OfficialClient.run(arguments) })
                }
            }
            #expect(status == 0)
            let line = output.split(separator: "\n").last.map(String.init) ?? ""
            let result = JSON(parsing: line)
            #expect(result?["bought"] == "success")
            #expect(result?["cancelled"] == "CANCELLED")
            #expect(result?["refused"] == "DH-906")
            #expect(result?["orders"] == 2)
            #expect(result?["external"] == "success")
            #expect(result?["traded"] == 35)
            #expect(result?["held"] == 35)
            #expect(result?["quote"] == 100)
            #expect(
                result?["alerts"]
                    == ["Transit", "Pending", "Traded", "Transit", "Pending", "Cancelled"])
            #expect(result?["full"] == ["100.00", "10:00:00", "100.05"])
            #expect(result?["kinds"] == ["Full Data", "Previous Close", "Ticker Data"])
        }
    }
}
