package import Trading

/// A recording of ticks: CSV with a header, columns by name, sorted by `received_ms`.
package struct TickFile: ~Copyable {
    /// A line that is no tick. The rest of the file goes on.
    package struct BadLine: Sendable, Hashable, CustomStringConvertible {
        package var file: String
        package var line: Int
        package var problem: String

        package var description: String { "\(file):\(line): \(problem)" }
    }

    package enum Row: Sendable {
        case tick(Tick)
        case bad(BadLine)
    }

    private var reader: LineReader
    private let columns: Columns
    private var newest = EventTime(milliseconds: 0)

    private init(_ reader: consuming LineReader, columns: Columns) {
        self.reader = reader
        self.columns = columns
    }

    package static func open(_ path: String) throws(TickFileError) -> TickFile {
        do {
            var reader = try LineReader.open(path)
            let header = try reader.next() ?? ""
            let columns = Columns(header)
            let missing = Columns.required.filter { columns.index[$0] == nil }
            guard missing.isEmpty else {
                throw TickFileError.header(file: reader.name, missing: missing, found: header)
            }
            return TickFile(reader, columns: columns)
        } catch let error as FileError {
            throw .file(error)
        } catch let error as TickFileError {
            throw error
        } catch {
            throw .file(.unreadable(file: path, "\(error)"))
        }
    }

    /// Nil at the end.
    package mutating func next() throws(FileError) -> Row? {
        guard let text = try reader.next() else { return nil }
        if text.isEmpty { return try next() }
        switch columns.tick(text) {
        case .failure(let problem): return .bad(bad(problem.text))
        case .success(let tick):
            guard tick.quote.at >= newest else {
                let behind = newest - tick.quote.at
                return .bad(
                    bad("out of order: \(behind.milliseconds) ms before the line above it"))
            }
            newest = tick.quote.at
            return .tick(tick)
        }
    }

    private func bad(_ problem: String) -> BadLine {
        BadLine(file: reader.name, line: reader.line, problem: problem)
    }
}

package enum TickFileError: Error, Sendable, CustomStringConvertible {
    case file(FileError)
    case header(file: String, missing: [String], found: String)

    package var description: String {
        switch self {
        case .file(let error): error.description
        case .header(let file, let missing, let found):
            "\(file):1: no tick file: the header lacks \(missing.joined(separator: ", ")); "
                + "it reads '\(found.prefix(120))'"
        }
    }
}

/// Where each column stands.
private struct Columns: Sendable {
    struct Problem: Error { var text: String }

    static let required = ["received_ms", "segment", "security_id", "ltp"]
    let index: [String: Int]
    private let count: Int

    init(_ header: String) {
        let names = header.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        index = Dictionary(zip(names, 0...)) { first, _ in first }
        count = names.count
    }

    func tick(_ line: String) -> Result<Tick, Problem> {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == count else {
            return .failure(Problem(text: "\(cells.count) columns where the header has \(count)"))
        }
        do {
            let instrument = InstrumentID(
                try need("segment", cells), try need("security_id", cells))
            let ltp: Price = try need("ltp", cells)
            guard ltp.paise > 0 else { throw Problem(text: "ltp: a price of \(ltp.text)") }
            let quote = Quote(
                ltp: ltp, bid: try price("bid", cells), ask: try price("ask", cells),
                bidQuantity: try find("bid_quantity", cells),
                askQuantity: try find("ask_quantity", cells),
                openInterest: try find("open_interest", cells),
                at: try need("received_ms", cells))
            return .success(
                Tick(
                    instrument: instrument, quote: quote, volume: try find("volume", cells),
                    lastQuantity: try find("last_quantity", cells),
                    exchangeTime: try find("exchange_ms", cells)))
        } catch let problem as Problem {
            return .failure(problem)
        } catch {
            return .failure(Problem(text: "\(error)"))
        }
    }

    private func need<Value: FieldValue>(_ name: String, _ cells: [Substring]) throws -> Value {
        guard let value: Value = try find(name, cells) else {
            throw Problem(text: "\(name): empty")
        }
        return value
    }

    /// A best price of nothing at all is written as empty or as zero.
    private func price(_ name: String, _ cells: [Substring]) throws -> Price? {
        let price: Price? = try find(name, cells)
        return price?.paise == 0 ? nil : price
    }

    private func find<Value: FieldValue>(_ name: String, _ cells: [Substring]) throws -> Value? {
        guard let column = index[name], !cells[column].isEmpty else { return nil }
        guard let value = Value(text: String(cells[column])) else {
            throw Problem(text: "\(name): '\(cells[column].prefix(40))' is not a \(Value.self)")
        }
        return value
    }
}
