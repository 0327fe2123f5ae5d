import Foundation
import Support
import Testing

/// Commands in `streams-schema/README.md`, each with what a person must see in its answer.
struct ReadmeCommand: Sendable, CustomTestStringConvertible {
    var line: Int
    var command: String
    var shows: String

    var testDescription: String { "line \(line): \(command.prefix(60))" }

    static let readme = Schemas.folder.appending(path: "README.md")

    static func all() throws -> [ReadmeCommand] {
        let lines = try String(contentsOf: readme, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var commands: [ReadmeCommand] = []
        var shows: String?
        var command: [String]?
        for (index, line) in lines.enumerated() {
            if line.hasPrefix("<!-- shows: ") {
                shows = String(line.dropFirst("<!-- shows: ".count).dropLast(" -->".count))
            } else if line == "```sh" {
                command = []
            } else if line == "```", let done = command {
                commands.append(
                    ReadmeCommand(
                        line: index + 1, command: done.joined(separator: "\n"),
                        shows: shows ?? "a comment that says what it shows"))
                (shows, command) = (nil, nil)
            } else {
                command?.append(line)
            }
        }
        return commands
    }
}

@Suite("streams-schema/README.md")
struct ReadmeTests {
    @Test("every command shows what it promises, on a bus in the middle of its day")
    func commands() throws {
        let commands = try ReadmeCommand.all()
        #expect(commands.count > 20)
        try withRedis { server in
            try SampleState.write(to: server)
            for command in commands {
                let answer = try run(command.command, on: server)
                #expect(answer.contains(command.shows), "\(command.testDescription)\n\(answer)")
                #expect(!answer.contains("ERR"), "\(command.testDescription)\n\(answer)")
            }
        }
    }

    @Test("the exits come first") func order() throws {
        let text = try String(contentsOf: ReadmeCommand.readme, encoding: .utf8)
        let first = try #require(text.firstRange(of: "\n### "))
        #expect(text[first.lowerBound...].hasPrefix("\n### Exits in flight"))
    }

    @Test("the tables name every key with its schema") func tables() throws {
        let text = try String(contentsOf: ReadmeCommand.readme, encoding: .utf8)
        for schema in try Schemas().all {
            let folder = schema.type == "stream" ? "streams" : "hashes"
            let row = text.split(separator: "\n").first {
                $0.hasSuffix("| [\(schema.name)](\(folder)/\(schema.name).json) |")
            }
            #expect(
                row?.hasPrefix("| `\(schema.keyText)` | \(schema.type) | ") == true,
                "\(schema.name)")
        }
    }

    /// As it stands, but for where the server is. Not by a function of the shell, which `sh`
    /// allows no hyphen in the name of, nor by a script in front of `PATH`, which cannot be run
    /// while another test's child still holds it open for writing.
    private func run(_ command: String, on server: RedisServer) throws -> String {
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        let located = "redis-cli -s '\(server.directory)/redis.sock' "
        shell.arguments = [
            "-c", command.replacingOccurrences(of: "redis-cli ", with: located),
        ]
        let output = Pipe()
        shell.standardOutput = output
        shell.standardError = output
        shell.standardInput = FileHandle.nullDevice
        try shell.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        shell.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
