import Foundation
import Glibc
import MessageBus
import Redis
import Support
import Testing
import Trading

@testable import squareoff

extension PipelineTests {
    /// P5 where the server itself forgets: with `appendfsync everysec`, a machine without power
    /// loses what it had not written yet.
    @Suite struct `a machine loses its last second` {
        private let folder: Folder
        private let server: RedisServer
        private let account = ChaosDesk.accounts[0]

        init() throws {
            folder = try Folder()
            server = try RedisServer(.init(appendOnly: true, extra: ["appendfsync everysec"]))
        }

        private var url: String { "unix://\(server.directory)/redis.sock" }
        private var ledger: LedgerFile { LedgerFile(path: "\(folder.path)/ledger.jsonl") }

        /// A process that ends with its parent: its standard input is a pipe that stays open.
        private func start(_ arguments: [String]) throws -> Program {
            let pipe = "\(folder.path)/lifeline"
            if mkfifo(pipe, 0o600) == 0 { _ = open(pipe, O_RDWR | O_CLOEXEC) }
            return try Program(arguments, in: folder.path, input: pipe)
        }

        private func wait(for what: String, _ condition: () throws -> Bool) throws {
            let deadline = ContinuousClock.now + .seconds(180)
            while true {
                var failure = ""
                do {
                    if try condition() { return }
                } catch {
                    failure = ": \(error)"
                }
                try #require(
                    ContinuousClock.now < deadline, "waited for \(what) in vain\(failure)")
                usleep(5_000)
            }
        }

        private func hash(_ key: Key) throws -> Fields {
            let pairs = try server.connect().call(RedisCommand("HGETALL", key.text)).asPairs
            return Fields(pairs.map { Fields.Pair(name: $0.name, value: $0.value) })
        }

        /// A claimed exit and its request, as the exit engine has committed them in this run.
        private func claim() throws -> Order {
            let run = try #require(try hash(Keys.serverRun(0))[Field.serverRun.rawValue])
            var position = OrderFixtures.exiting()
            position.account = account
            position.run = RunID(run)
            // Of this day: what is carried over a night waits for a comparison of books.
            position.createdAt = EventTime(milliseconds: ChaosClock.wall())
            var order = OrderFixtures.exitOrder(.accepted, of: position)
            order.account = account
            order.acceptedAt = position.createdAt
            let request = OrderRequest(
                order: order.id, account: account, action: .place, at: order.acceptedAt,
                trace: order.trace)
            let connection = try server.connect()
            for (words, fields) in [
                (["HSET", Keys.position(0, position.id).text], position.fields),
                (["HSET", Keys.order(0, order.id).text], order.fields),
                (["XADD", Keys.exitOrders(0).text, "*"], request.fields),
            ] {
                var command = RedisCommand(words[0])
                command.append(Array(words.dropFirst()))
                for pair in fields.pairs { command.append([pair.name, pair.value]) }
                try connection.call(command)
            }
            return order
        }

        @Test func `an order whose sending was forgotten is at the broker, and not sent again`()
            throws
        {
            defer { server.stop() }
            let broker = try start(
                ["simulator", "--child", "--always-open", "--fills", "limits"]
                    + ["--ledger", ledger.path] + ChaosDesk.clients)
            defer { broker.kill() }
            try wait(for: "the broker") { broker.output.hasSuffix("\n") }
            let ports = broker.output.split(whereSeparator: \.isWhitespace)
                .compactMap { $0.split(separator: "=").last.map(String.init) }
            let gateway = try start([
                "chaos-worker", "--redis", url, "--rest", ports[0], "--orders", ports[1],
                "--feed", ports[2], "--tokens", folder.path, "--stage", "gateway", "--name", "g",
            ])
            defer { gateway.kill() }
            try wait(for: "the gateway") { try !hash(Keys.serverRun(0)).isEmpty }

            // The gateway sends only when it is known how much of the log is before its mark.
            gateway.signal(SIGSTOP)
            let order = try claim()
            let before = try server.appendOnlySize()
            gateway.signal(SIGCONT)
            try wait(for: "the order") { try !ledger.read().isEmpty }
            server.kill()
            try server.cutAppendOnly(to: before)
            try server.restart()
            #expect(try hash(Keys.order(0, order.id))["status"] == "accepted")

            try wait(for: "the order's number") {
                try hash(Keys.order(0, order.id))["number"] != nil
            }
            let sent = try ledger.read().filter { $0.event == .accepted }
            #expect(sent.map(\.order) == [order.id.text])
            #expect(try hash(Keys.order(0, order.id))["number"] == sent.first?.number)
        }
    }
}
