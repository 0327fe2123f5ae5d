import ArgumentParser
import Foundation
import MessageBus
import Redis
import Support
import Testing
import Trading

@testable import squareoff

@Suite("Commands that ask")
struct ActingTests {
    /// The sample, a look at it and a petition, on a server of the test's own.
    private func withSample(
        _ body: (RedisServer, Lookout, Petition) throws -> Void
    ) throws {
        try withRedis { server in
            try SampleState.write(to: server)
            let session = try RedisBus(endpoint: server.endpoint).session("test")
            try body(
                server, try Lookout(server.connect()),
                Petition(session: session, who: "person:asha"))
        }
    }

    private func requests(_ server: RedisServer) throws -> [ExitRequest] {
        try Lookout(server.connect()).entries(Keys.exits(0)).map { try ExitRequest($0.fields) }
    }

    private func run<Command: ParsableCommand>(
        _ command: Command.Type, _ arguments: [String], on server: RedisServer
    ) throws {
        var parsed = try Command.parse(arguments + ["--redis", server.endpoint.description])
        try parsed.run()
    }

    @Test("exit: one request, by this person, with the words as evidence") func exit() throws {
        try withSample { server, lookout, petition in
            let stored = try #require(try lookout.position(SampleState.asked))
            _ = try petition.exit(stored, reason: .manual, evidence: "news at four")
            let request = try #require(try requests(server).last)
            #expect(request.position == SampleState.asked)
            #expect(request.account == SampleState.alpha)
            #expect(request.reason == .manual)
            #expect(request.evidence == "news at four")
            #expect(request.askedBy == "person:asha")
            #expect(request.at == SampleState.now)
            #expect(request.attempt == nil)
        }
    }

    @Test("exit: a closed position is an error, and nothing is written") func closed() throws {
        try withSample { server, lookout, petition in
            let before = try requests(server).count
            let stored = try #require(try lookout.position(SampleState.done))
            let error = #expect(throws: PetitionError.self) {
                try petition.exit(stored, reason: .manual, evidence: "")
            }
            #expect(
                error?.description
                    == "position \(SampleState.done) is closed already: exited at 10:15:00.000")
            #expect(try requests(server).count == before)
        }
    }

    @Test("exit: an unknown position is an error") func unknown() throws {
        try withSample { server, _, _ in
            #expect(throws: LookingError.self) {
                try run(
                    ExitCommand.self, ["251215-zzzzzzzzz", "--reason", "x"], on: server)
            }
        }
    }

    @Test("exit --all: each open position once; with --account that account's alone")
    func all() throws {
        try withSample { server, _, _ in
            let before = try requests(server).count
            try run(ExitCommand.self, ["--all", "--reason", "x"], on: server)
            #expect(
                Set(try requests(server).dropFirst(before).map(\.position)) == [
                    SampleState.stuck, SampleState.asked, SampleState.forgotten,
                    SampleState.opening,
                ])
            let after = try requests(server).count
            try run(
                ExitCommand.self, ["--all", "--account", "bravo", "--reason", "x"], on: server)
            #expect(
                Set(try requests(server).dropFirst(after).map(\.position)) == [
                    SampleState.forgotten, SampleState.opening,
                ])
        }
    }

    @Test("flatten: halt and flatten of the scope, and a request for each of its positions")
    func flatten() throws {
        try withSample { server, lookout, _ in
            let before = try requests(server).count
            try run(
                FlattenCommand.self, ["--account", "alpha", "--reason", "outage"], on: server)
            let halts = Halts(try lookout.hash(Keys.halt))
            #expect(halts.flattenReason(for: SampleState.alpha) == "outage")
            #expect(halts.halted[.account(SampleState.alpha)] == "outage")
            #expect(halts.flattenReason(for: SampleState.bravo) == nil)
            let asked = try requests(server).dropFirst(before)
            #expect(Set(asked.map(\.position)) == [SampleState.stuck, SampleState.asked])
            #expect(asked.allSatisfy { $0.reason == .flatten && $0.evidence == "outage" })
        }
    }

    /// One that lacks what a request for its exit needs.
    private func writeUnreadable(to server: RedisServer) throws {
        let key = Keys.position(0, "251215-000000001")
        try server.connect().call(RedisCommand("HSET", key.text, "symbol", "x"))
    }

    @Test("exit --all: one that cannot be asked for is a failure, and keeps no other from it")
    func unaskable() throws {
        try withSample { server, lookout, petition in
            try writeUnreadable(to: server)
            let before = try requests(server).count
            let open = try lookout.positions().filter { !$0.isClosed }
            #expect(try !petition.exitAll(open, .manual, evidence: "x"))
            #expect(try requests(server).count == before + 4)
            #expect(open.count == 5)
            let readable = open.filter { $0.tracker != nil }
            #expect(try petition.exitAll(readable, .manual, evidence: "x"))
            #expect(throws: ExitCode.failure) {
                try run(ExitCommand.self, ["--all", "--reason", "x"], on: server)
            }
        }
    }

    @Test("flatten: after a position that cannot be asked for it goes on to the watch, and fails")
    func flattenUnaskable() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "squareoff-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try "accounts:\n  alpha: { capital: 1, strategies: [] }\n"
            .write(to: file, atomically: false, encoding: .utf8)
        let config = ["--config", file.path(percentEncoded: false)]
        try withSample { server, _, _ in
            try writeUnreadable(to: server)
            #expect(throws: ExitCode.failure) {
                try run(FlattenCommand.self, ["--reason", "x"] + config, on: server)
            }
            // The watch finds nobody who trades with money, which is how it is known to have begun.
            #expect(throws: ValidationError.self) {
                try run(FlattenCommand.self, ["--reason", "x", "--verify"] + config, on: server)
            }
        }
    }

    @Test("flatten: its help says what else keeps an account from being flat") func help() {
        #expect(FlattenCommand.helpMessage().contains("MARGIN"))
    }

    @Test("halt and resume: of everything, while an account's own halt stands")
    func haltAndResume() throws {
        try withSample { server, lookout, petition in
            try run(HaltCommand.self, ["--reason", "expiry"], on: server)
            #expect(
                Halts(try lookout.hash(Keys.halt)).reason(for: SampleState.alpha) == "expiry")
            let (removed, left) = try petition.resume(.everything)
            #expect(removed == ["all": "expiry"])
            #expect(left == ["account:bravo": "asked by the desk"])
            let halts = Halts(try lookout.hash(Keys.halt))
            #expect(halts.reason(for: SampleState.alpha) == nil)
            #expect(halts.reason(for: SampleState.bravo) == "asked by the desk")
        }
    }

    @Test("a dead letter is sent again once, with its body, and is gone") func replay() throws {
        try withSample { server, lookout, _ in
            let letters = DeadLetters(lookout: lookout)
            let id = try #require(try letters.all().first?.0)
            let (stream, entry) = try letters.replay(id)
            #expect(stream == "sq:{0}:exits")
            let sent = try lookout.entries(Keys.exits(0)).last
            #expect(sent?.id.text == entry)
            #expect(sent?.fields == ["position": SampleState.stuck.text, "account": "alpha"])
            #expect(try letters.all().isEmpty)
            #expect(throws: DeadLetterError.self) { try letters.replay(id) }
            #expect(try lookout.entries(Keys.exits(0)).last == sent)
        }
    }

    @Test("a dead letter that lacks fields of its entry is not sent") func cut() throws {
        try withSample { server, lookout, _ in
            try server.connect().call(
                RedisCommand(
                    "XADD", "sq:{0}:dead-letters", "*", "stream", "sq:{0}:exits", "left_out", 1,
                    "body:a", "b"))
            let letters = DeadLetters(lookout: lookout)
            let id = try #require(try letters.all().last?.0)
            #expect(throws: DeadLetterError.self) { try letters.replay(id) }
            #expect(try letters.all().count == 2)
        }
    }

    @Test("a dead letter that came from another slot is not sent") func elsewhere() throws {
        try withSample { server, lookout, _ in
            try server.connect().call(
                RedisCommand(
                    "XADD", "sq:{0}:dead-letters", "*", "stream", "sq:{bus}:signals", "body:a", "b")
            )
            let letters = DeadLetters(lookout: lookout)
            let id = try #require(try letters.all().last?.0)
            #expect(throws: DeadLetterError.self) { try letters.replay(id) }
            #expect(try letters.all().count == 2)
            try letters.drop(id)
            #expect(try letters.all().count == 1)
            #expect(throws: DeadLetterError.self) { try letters.drop(id) }
        }
    }
}
