import Foundation
import MessageBus
import Support
import Testing
import Trading

extension PipelineTests {
    @Suite struct `bad ticks are said, and the rest goes on` {
        private let folder: Folder
        private let recording: Recording

        init() throws {
            folder = try Folder()
            recording = try .generated(minutes: Reference.minutes, in: folder)
        }

        private func replay(_ ticks: String, config: String? = nil) throws -> (Int, Program) {
            let program = try Program(
                [
                    "replay", ticks, "--contracts", recording.contracts, "--config",
                    config ?? recording.config, "--json", "\(folder.path)/trades.json",
                ], in: folder.path)
            return (try program.end(), program)
        }

        private func lines() throws -> [String] {
            try String(contentsOfFile: recording.ticks, encoding: .utf8)
                .split(separator: "\n").map(String.init)
        }

        /// Each a line, and what is said of it.
        private static let bad: [(line: String, said: String)] = [
            (",1000,NSE_FNO,70016,140.00,,,,,,,", "out of order"),
            (",9999999999999,NSE_FNO,70016,0,,,,,,,", "ltp: a price of 0.00"),
            (",9999999999999,NSE_FNO,70016,NaN,,,,,,,", "ltp: 'NaN' is not a Price"),
            (",9999999999999,NSE_FNO,70016", "4 columns where the header has 12"),
            (",soon,NSE_FNO,70016,140.00,,,,,,,", "received_ms: 'soon'"),
        ]

        @Test func `five kinds of bad lines and an unknown instrument change no trade`() throws {
            var lines = try lines()
            for (number, bad) in Self.bad.enumerated() {
                lines.insert(bad.line, at: 2_000 + number * 100)
            }
            let time = lines[1_000].split(separator: ",", omittingEmptySubsequences: false)[1]
            for _ in 0..<3 { lines.insert(",\(time),NSE_FNO,12345,10.00,,,,,,,", at: 1_000) }
            let spoilt = try folder.write("spoilt.csv", lines.joined(separator: "\n") + "\n")
            let (status, program) = try replay(spoilt)
            #expect(status == 0, "\(program.errors)")
            let trades = try Trade.read("\(folder.path)/trades.json")
            #expect(difference(trades, from: try Reference.trades()) == [])
            for (number, bad) in Self.bad.enumerated() {
                let line = "\(spoilt):\(2_000 + number * 100 + 1 + 3): \(bad.said)"
                #expect(program.output.contains(line), "\(line)\n\(program.output)")
            }
            #expect(
                program.output.contains("NSE_FNO:12345: 3 ticks of an instrument that is on no"))
        }

        @Test func `a gzip that is cut off is played up to the cut, and fails aloud`() throws {
            let whole = try compress(recording.ticks)
            let data = try Data(contentsOf: URL(filePath: whole))
            let cut = "\(folder.path)/cut.csv.gz"
            try data.prefix(data.count * 4 / 5).write(to: URL(filePath: cut))
            let (status, program) = try replay(cut)
            #expect(status == 1)
            #expect(program.output.contains("\(cut): the file is damaged or cut off after line "))
            // What closed before the cut is as it was.
            let trades = try Trade.read("\(folder.path)/trades.json")
            let known = Set(try Reference.trades())
            let kept = trades.filter(known.contains)
            #expect(!trades.isEmpty && kept.count * 2 > trades.count)
        }

        @Test func `a whole gzip gives the same trades as the plain file`() throws {
            let (status, program) = try replay(try compress(recording.ticks))
            #expect(status == 0, "\(program.errors)")
            let trades = try Trade.read("\(folder.path)/trades.json")
            #expect(difference(trades, from: try Reference.trades()) == [])
        }

        @Test(arguments: [
            ("time,segment,security_id,ltp\n1,NSE_FNO,1,1\n", "the header lacks received_ms"),
            ("", "the header lacks received_ms, segment, security_id, ltp"),
            ("\(Recording.header)\n", "no tick of a listed instrument in the whole input"),
            (
                "\(Recording.header)\n,1770781500000,NSE_FNO,12345,1.00,,,,,,,\n",
                "no tick of a listed instrument in the whole input"
            ),
        ])
        func `a file that is no recording is refused`(text: String, said: String) throws {
            let (status, program) = try replay(try folder.write("other.csv", text))
            #expect(status != 0)
            #expect(program.errors.contains(said), "\(program.errors)")
        }

        @Test func `a file that is not there is refused by its name`() throws {
            let (status, program) = try replay("/nowhere/ticks.csv")
            #expect(status != 0)
            #expect(
                program.errors.contains("/nowhere/ticks.csv: No such file"), "\(program.errors)")
        }

        private func compress(_ path: String) throws -> String {
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "gzip -k \"$1\"", "sh", path]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
            return path + ".gz"
        }
    }
}
