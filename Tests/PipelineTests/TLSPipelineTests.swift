import Redis
import Support
import Testing

extension PipelineTests {
    @Suite struct `over TLS` {
        private let folder: Folder
        private let recording: Recording

        init() throws {
            folder = try Folder()
            recording = try .generated(minutes: Reference.minutes, in: folder)
        }

        private func arguments(_ url: String) -> [[String]] {
            let config = ["--config", recording.config, "--redis", url]
            let json = "\(folder.path)/trades.json"
            return [
                ["replay", recording.ticks, "--contracts", recording.contracts, "--json", json]
                    + config,
                ["run"] + config, ["positions", "--redis", url],
                ["resume", "--redis", url],
            ]
        }

        @Test func `the same trades, and people look at them`() throws {
            try withRedis(.init(tls: .init(), appendOnly: true)) { server in
                let commands = arguments(try #require(server.tlsEndpoint).description)
                for command in [commands[0], commands[2], commands[3]] {
                    let program = try Program(command, in: folder.path)
                    let status = try program.end()
                    #expect(status == 0, "\(program.output)\(program.errors)")
                }
                let trades = try Trade.read("\(folder.path)/trades.json")
                #expect(difference(trades, from: try Reference.trades()) == [])
            }
        }

        @Test func `a server that is not trusted: nothing starts, and the error says why`() throws {
            try withRedis(.init(tls: .init(.byAnotherAuthority))) { server in
                for command in arguments(try #require(server.tlsEndpoint).description) {
                    let program = try Program(command, in: folder.path)
                    #expect(try program.end() != 0)
                    #expect(program.errors.contains("signed by nobody in"), "\(program.errors)")
                    #expect(program.errors.contains("?ca=/path"), "\(program.errors)")
                }
            }
        }
    }
}
