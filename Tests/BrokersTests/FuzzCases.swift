import Foundation

/// How many cases a fuzz test tries: `SQUAREOFF_FUZZ`, which `ops/fuzz` sets, or so few that they
/// pass with all other tests.
enum FuzzCases {
    static func asked(else few: Int) -> Int {
        let text = ProcessInfo.processInfo.environment["SQUAREOFF_FUZZ"] ?? ""
        return Int(text).map { max(0, $0) } ?? few
    }
}
