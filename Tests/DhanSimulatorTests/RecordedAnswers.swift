import DhanSimulator
import Foundation
import Testing

/// What the real broker has answered, which is not part of the project and lies beside it.
enum RecordedAnswers {
    struct Exchange: Sendable, CustomTestStringConvertible {
        var file: String
        var line: Int
        var method: String
        /// With the query.
        var target: String
        var body: JSON?
        var status: Int
        var answer: JSON

        var testDescription: String { "\(file):\(line) \(method) \(target) → \(status)" }
    }

    static let all: [Exchange] = {
        guard let folder else {
            let words = "*** SKIPPED: recorded answers: no shared/data/dhan_rest above ***\n"
            FileHandle.standardError.write(Data(words.utf8))
            return []
        }
        return files.flatMap { read($0, in: folder) }
    }()

    private static let files = [
        "charts_historical", "charts_intraday", "fundlimit", "ledger", "margincalculator",
        "marketfeed_ltp", "marketfeed_ohlc", "marketfeed_quote", "misc_errors", "optionchain",
        "optionchain_expirylist", "orders", "positions", "positions_convert", "profile", "trades",
    ]

    private static let folder: URL? = {
        var place = URL(filePath: #filePath)
        while place.path != "/" {
            place = place.deletingLastPathComponent()
            let folder = place.appending(path: "shared/data/dhan_rest")
            if FileManager.default.fileExists(atPath: folder.path) { return folder }
        }
        return nil
    }()

    /// Those that do not look edited by hand.
    private static func read(_ file: String, in folder: URL) -> [Exchange] {
        let data = (try? Data(contentsOf: folder.appending(path: "\(file).jsonl"))) ?? Data()
        return data.split(separator: UInt8(ascii: "\n")).enumerated().compactMap { index, line in
            guard let json = JSON(parsing: line), json["looks_recorded"]?.bool == true,
                let request = json["request"], let uri = request["uri"]?.string,
                let answer = json["response"]?["body"]
            else { return nil }
            let parts = uri.split(
                separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            return Exchange(
                file: file, line: index + 1, method: request["method"]?.string ?? "",
                target: "/\(parts.last ?? "")",
                body: request["body"].flatMap { $0 == .null ? nil : $0 },
                status: json["response"]?["status"]?.int ?? 0, answer: answer)
        }
    }
}

extension JSON {
    /// Keys and types, not values. Lists are as their first item; a map by ids as its first value.
    var shape: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "text"
        case .array(let items): "[\(items.first?.shape ?? "")]"
        case .object(let members):
            if let first = members.first, first.key.allSatisfy({ $0.isNumber || $0 == "." }) {
                "{id: \(first.value.shape)}"
            } else {
                "{"
                    + members.map { "\($0.key): \($0.value.shape)" }.sorted().joined(
                        separator: ", ")
                    + "}"
            }
        }
    }
}
