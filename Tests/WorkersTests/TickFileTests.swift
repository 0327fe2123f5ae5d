import Foundation
import Testing
import Trading
import Workers

@Suite struct TickFileTests {
    private static let header =
        "exchange_ms,received_ms,segment,security_id,ltp,last_quantity,volume,open_interest,"
        + "bid,bid_quantity,ask,ask_quantity"
    private static let good = "1005,1000,NSE_FNO,51460,524.30,35,231350,338625,524.00,35,525.40,35"

    /// Rows of a file with this text, and how it ended.
    private func read(
        _ text: String, compressed: Bool = false, keep: Int? = nil
    ) throws -> (rows: [TickFile.Row], end: FileError?) {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "ticks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var file = folder.appending(path: "ticks.csv")
        try Data(text.utf8).write(to: file)
        if compressed {
            let shell = Process()
            shell.executableURL = URL(filePath: "/bin/sh")
            shell.arguments = ["-c", "gzip \"$1\"", "sh", file.path]
            try shell.run()
            shell.waitUntilExit()
            file = folder.appending(path: "ticks.csv.gz")
        }
        if let keep { try Data(contentsOf: file).prefix(keep).write(to: file) }
        var ticks = try TickFile.open(file.path)
        var rows: [TickFile.Row] = []
        do throws(FileError) {
            while let row = try ticks.next() { rows.append(row) }
        } catch {
            return (rows, error)
        }
        return (rows, nil)
    }

    private func ticks(_ rows: [TickFile.Row]) -> [Tick] {
        rows.compactMap { if case .tick(let tick) = $0 { tick } else { nil } }
    }

    private func problems(_ rows: [TickFile.Row]) -> [String] {
        rows.compactMap {
            if case .bad(let line) = $0 { "\(line.line): \(line.problem)" } else { nil }
        }
    }

    @Test func `a line is read by the names of its columns`() throws {
        let (rows, end) = try read("\(Self.header)\r\n\(Self.good)\r\n")
        #expect(end == nil)
        let tick = try #require(ticks(rows).first)
        #expect(tick.instrument.text == "NSE_FNO:51460")
        #expect(tick.quote.ltp.text == "524.30")
        #expect(tick.quote.bid?.text == "524.00" && tick.quote.ask?.text == "525.40")
        #expect(tick.quote.openInterest == 338_625)
        #expect(tick.quote.at.milliseconds == 1_000)
        #expect(tick.exchangeTime?.milliseconds == 1_005)
        let (least, _) = try read("ltp,security_id,segment,received_ms,new\n1.05,13,IDX_I,7,x\n")
        #expect(ticks(least).first?.quote.ltp.text == "1.05")
        #expect(ticks(least).first?.quote.bid == nil)
    }

    @Test(arguments: [
        // A line, and what is said of it.
        (",999,NSE_FNO,51460,524.30,,,,,,,", "out of order: 1 ms before the line above it"),
        (",1000,NSE_FNO,51460,0,,,,,,,", "ltp: a price of 0.00"),
        (",1000,NSE_FNO,51460,-1.05,,,,,,,", "ltp: a price of -1.05"),
        (",1000,NSE_FNO,51460,NaN,,,,,,,", "ltp: 'NaN' is not a Price"),
        (",1000,NSE_FNO,51460,inf,,,,,,,", "ltp: 'inf' is not a Price"),
        (",1000,NSE_FNO,51460,1e3,,,,,,,", "ltp: '1e3' is not a Price"),
        (",1000,NSE_FNO,51460,,,,,,,,", "ltp: empty"),
        (",1000,NSE_FNO,,524.30,,,,,,,", "security_id: empty"),
        (",1000,MOON,51460,524.30,,,,,,,", "segment: 'MOON' is not a Segment"),
        (",later,NSE_FNO,51460,524.30,,,,,,,", "received_ms: 'later' is not a EventTime"),
        (",1000,NSE_FNO,51460,524.30,,,,cheap,,,", "bid: 'cheap' is not a Price"),
        (",1000,NSE_FNO,51460,524.30", "5 columns where the header has 12"),
        (",1000,NSE_FNO,51460,524.30,,,,,,,,,", "14 columns where the header has 12"),
    ])
    func `a bad line is named and the next one is read`(line: String, said: String) throws {
        let next = Self.good.replacing("1005,1000", with: "1005,1001")
        let (rows, end) = try read([Self.header, Self.good, line, next].joined(separator: "\n"))
        #expect(end == nil)
        #expect(problems(rows) == ["3: \(said)"])
        #expect(ticks(rows).map(\.quote.at.milliseconds) == [1_000, 1_001])
    }

    @Test func `no bid is no price of zero`() throws {
        let (rows, _) = try read("\(Self.header)\n,1000,NSE_FNO,51460,524.30,,,,0,0,0,0\n")
        #expect(ticks(rows).first?.quote.bid == nil)
        #expect(problems(rows) == [])
    }

    private static let many =
        header + "\n"
        + (0..<2_000).map { "1,\($0 + 1),NSE_FNO,\($0 * 7_919 % 1_000),\($0 % 97 + 1).05,,,,,,,\n" }
        .joined()

    @Test func `gzip or not, the ticks are the same`() throws {
        let plain = try read(Self.many)
        let compressed = try read(Self.many, compressed: true)
        #expect(ticks(plain.rows).count == 2_000)
        #expect(ticks(compressed.rows) == ticks(plain.rows))
        #expect(compressed.end == nil)
    }

    @Test func `a gzip that is cut off gives what came before, and the place`() throws {
        let (rows, end) = try read(Self.many, compressed: true, keep: 5_000)
        #expect(ticks(rows).count > 100 && ticks(rows).count < 2_000)
        guard case .damaged(_, let line, _)? = end else {
            Issue.record("no damage was seen: \(String(describing: end))")
            return
        }
        #expect(line >= rows.count)
    }

    @Test(arguments: ["", "a,b,c\n", "received_ms,segment,security_id\n1,IDX_I,13\n"])
    func `a file without the columns is no tick file`(text: String) {
        #expect(throws: TickFileError.self) { try read(text) }
    }
}
